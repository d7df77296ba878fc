"""All heads of the network, small; a click opens one in its place beside them."""

from __future__ import annotations

from functools import partial

from eodash.ui.attention_chosen import Shown, keep_head
from eodash.ui.figure import figure
from eodash.ui.page import caption, mode
from eodash.views.attention import named, share
from eodash.views.attention_heads import heads_chart, heads_table

KEY = "attention-heads"
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
           "Thirteen", "Fourteen", "Fifteen", "Sixteen")  # fmt: skip


def heads(shown: Shown) -> None:
    """The figure, and how to read it."""
    looks = shown.looks
    count, dates = looks.layers * looks.heads, len(looks.times)
    said = f"{NUMBERS[count] if count < len(NUMBERS) else count} head{'s' if count != 1 else ''}"
    cloudy = looks.cloudy.any()
    figure(
        heads_chart(looks, shown.head, mode()),
        KEY,
        question=said,
        caption="Share of attention on clouds below each. Click one." if cloudy else "Click one.",
        alt=f"{count} heads over {dates} dates; chosen: {named(shown.head, looks.layers)}"
        + (f", {share(looks.on_clouds[shown.head])} on clouds" if cloudy else ""),
        table=partial(heads_table, looks),
        on_select=partial(keep_head, KEY),
    )
    across = "Across: date looked at. " + ("Each head asks once." if looks.single else "Down: date that asks.")
    if looks.causal and not looks.single:
        across += " Nothing above the diagonal: it cannot look ahead."
    if cloudy and not looks.cloudy.all():
        even = share(looks.even)
        what = "of what a head that looks at all earlier dates alike gives to clouds" if looks.causal else ""
        dates_said = f"{share(float(looks.cloudy.mean()))} of this pixel's dates are cloudy."
        across = (
            f"{dates_said} A head that ignored them would show 0 %, one that did not care {even}"
            f"{', for early dates see few others' if what else ''}. {across}"
        )
    caption(across)
