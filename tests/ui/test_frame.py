"""Every page run by Streamlit's own test runner: no browser, no server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eodash.settings import settings
from eodash.ui import addresses, cached

ROOT = Path(__file__).resolve().parents[2]
FRAME = ROOT / "eodash/ui/frame.py"
PAGES = ("start", "area", "look", "models")

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")


@pytest.fixture(autouse=True)
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, and a process that has not opened another one."""
    singletons = (settings, cached.store, cached.jobs, addresses.secret)
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    for single in singletons:
        single.cache_clear()
    yield tmp_path
    for single in singletons:
        single.cache_clear()


def run(page: str = "start", **query: str) -> AppTest:
    """A page as a new visitor gets it."""
    app = AppTest.from_file(str(FRAME), default_timeout=30)
    app.session_state["owner"] = "0" * 64  # there is no browser whose cookie could say it
    for name, value in query.items():
        app.query_params[name] = value
    if page != "start":
        app.run()
        app.switch_page(f"../../pages/{page}.py")
    return app.run()


def said(app: AppTest) -> str:
    """Everything on the screen as text."""
    return " ".join(str(getattr(element, "value", "")) + str(element.proto) for element in app.main)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs(page: str) -> None:
    app = run(page)
    assert not app.exception
    assert not app.error


def test_the_start_page_says_what_one_can_do() -> None:
    assert "See the season as the satellite saw it" in said(run())
    assert [button.label for button in run().button if button.key == "demo"] == ["Open the demo season"]


@pytest.mark.parametrize("name", ["a" * 26, "../../x", "<script>alert(1)</script>", "", "\x00", "é" * 26, "a" * 10_000])
def test_a_link_to_no_run_is_said(name: str) -> None:
    app = run(run=name)
    assert not app.exception
    assert [warning.value for warning in app.warning] == [
        "This link names no run that is kept here. It may have been deleted."
    ]
    assert "run" not in app.query_params
    assert not app.run().warning


GARBAGE: list[dict[str, Any]] = [
    {"aoi": "<script>alert(1)</script>"}, {"model": "http://127.0.0.1:1/x"}, {"x": "a" * 100_000}, {"": ""},
    {"date": "never", "pixels": "[[1"}, {"RUN": "a" * 26}, {"owner": "0" * 64}, {"draft": "{}"}, {"PAGE": "../../app"},
]  # fmt: skip


@pytest.mark.parametrize("query", GARBAGE)
def test_other_words_in_the_address_change_nothing(query: dict[str, str]) -> None:
    app = run(**query)
    assert not app.exception
    assert not app.warning
    assert "alert(1)" not in said(app)


def test_no_page_imports_torch(tmp_path: Path) -> None:
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(FRAME)!r}, default_timeout=60)
app.session_state["owner"] = "0" * 64
app.run()
for page in {PAGES[1:]!r}:
    app.switch_page(f"../../pages/{{page}}.py").run()
    assert not app.exception, app.exception
heavy = {{"torch", "tensorflow", "jax", "onnxruntime", "leafmap"}} & set(sys.modules)
print("heavy:", sorted(heavy))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"EODASH_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "'torch'" not in done.stdout
    assert "heavy:" in done.stdout
