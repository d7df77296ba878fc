"""What a callback draws anew: the part it names, or as much as ever where there is no such part."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from eodash.ui.redrawing import again, only

    def count(name: str) -> None:
        st.session_state[name] = st.session_state.get(name, 0) + 1

    def one() -> None:
        count("one")
        st.button("go", on_click=only, args=(st.session_state["part"],))
        if st.session_state.pop("follow", False):
            again("two")

    st.fragment(one, key="one")()
    st.fragment(lambda: count("two"), key="two")()


@pytest.mark.parametrize(("part", "drawn"), [("two", (1, 2)), ("one", (2, 1)), ("nowhere", (2, 2))])
def test_a_callback_draws_the_named_part_alone(part: str, drawn: tuple[int, int]) -> None:
    app = AppTest.from_function(script)
    app.session_state["part"] = part
    app.run().button[0].click().run()
    assert not app.exception
    assert (app.session_state["one"], app.session_state["two"]) == drawn


def test_what_follows_while_the_whole_page_is_drawn_draws_it_again() -> None:
    app = AppTest.from_function(script)
    app.session_state["part"], app.session_state["follow"] = "two", True
    app.run()
    assert not app.exception
    assert (app.session_state["one"], app.session_state["two"]) == (2, 1)
