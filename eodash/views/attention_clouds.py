"""The first test of attention, drawn: how much of it falls on clouds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from eodash.views.attention import SKIPS, Head, Looks, Verdict, named, share
from eodash.views.attention_heads import more_than_even
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

BAR = 27
"""Height in px of a head's bar."""


def sorted_heads(looks: Looks) -> list[Head]:
    """The one that looks at clouds most comes first."""
    every = [(layer, head) for layer in range(looks.layers) for head in range(looks.heads)]
    return sorted(every, key=lambda head: -looks.on_clouds[head])


def clouds_chart(looks: Looks, mode: Mode) -> go.Figure:
    """A bar per head, and a line where a head would be that looked at all dates alike."""
    palette, heads = PALETTES[mode], sorted_heads(looks)
    shares = np.array([looks.on_clouds[head] for head in heads])
    more = np.array([more_than_even(looks, float(each)) for each in shares])
    drawn = figure(mode, 40 + BAR * len(heads) + 14, hovermode="closest")
    drawn.add_bar(
        x=100 * shares, y=list(range(len(heads))), orientation="h", name="heads", cliponaxis=False,
        marker={"color": np.where(more, palette.warn, palette.accent), "line": {"width": 0}},
        hovertemplate="%{x:.2f} % of its attention<extra></extra>",
    )  # fmt: skip
    drawn.add_scatter(
        x=[100 * looks.even] * 2, y=[-0.6, len(heads) - 0.4], mode="lines", hoverinfo="skip", name="even",
        line={"color": palette.ink, "width": 1.5, "dash": "dot"},
    )  # fmt: skip
    top = 100 * max(float(shares.max(initial=0.0)), looks.even)
    right = top * 1.18 + 1e-9
    drawn.add_annotation(
        x=100 * looks.even, y=-0.6, yanchor="bottom", yshift=1, showarrow=False, font={"size": 13.5},
        xanchor="center" if looks.even * 100 < 0.7 * right else "right", bgcolor=palette.page,
        text=f"{share(looks.even)} {'if even' if looks.causal and not looks.single else 'of dates'}",
    )  # fmt: skip
    notes = [
        {"x": 100 * float(each), "y": place, "xanchor": "left", "showarrow": False, "bgcolor": palette.page,
         "borderpad": 1, "xshift": 2, "font": {"size": 13.5}, "text": share(float(each)).removesuffix(" %")}
        for place, each in enumerate(shares)
    ]  # fmt: skip
    drawn.update_layout(
        annotations=[*(note.to_plotly_json() for note in drawn.layout.annotations), *notes],
        margin={"l": 54, "r": 12, "t": 30, "b": 8}, bargap=0.22,
        xaxis={"range": [0, right], "visible": False},
        yaxis={"range": [len(heads) - 0.4, -0.6], "tickvals": list(range(len(heads))), "showgrid": False,
               "ticktext": [named(head, looks.layers, short=True) for head in heads]},
    )  # fmt: skip
    return plain_axes(drawn, palette).update_yaxes(tickfont={"size": 13.5, "color": palette.ink})


def clouds_verdict(looks: Looks) -> Verdict:
    """How many heads skip clouds; what looks at them more than evenly is a warning."""
    shares = looks.on_clouds.ravel()
    heads, skip = len(shares), int((shares < SKIPS * looks.even).sum())
    less = int(((shares >= SKIPS * looks.even) & (shares <= looks.even)).sum())
    more = [head for head in sorted_heads(looks) if more_than_even(looks, float(looks.on_clouds[head]))]
    bold = f"{skip} of {heads} heads skip clouds" if skip else "No head skips clouds"
    rest = f"; {less} look{'s' if less == 1 else ''} at them, but less than evenly." if less else "."
    if not more:
        return Verdict(True, bold, rest)
    if len(more) == 1:
        who = f"{named(more[0], looks.layers)} does the opposite."
    else:
        most = named(more[0], looks.layers)
        who = f"{len(more)} heads look at them more than evenly, {most[0].lower()}{most[1:]} most."
    return Verdict(bool(skip), bold, rest, who)


def nothing_to_skip(looks: Looks) -> tuple[str, str] | None:
    """Why there is no share on clouds to speak of: a title and a sentence; None where there is one."""
    if not len(looks.times):
        return "Nothing was read", "No date of this pixel could be used. Choose another pixel."
    if len(looks.times) == 1:
        return "One date only", "It can look at nothing but itself, so this test can say nothing here."
    if looks.cloudy.all():
        return "Every date is cloudy", "Whatever it looks at is a cloud, so this test can say nothing here."
    if looks.cloudy.any():
        return None
    if looks.hidden:
        some = "1 cloudy date is" if looks.hidden == 1 else f"{looks.hidden} cloudy dates are"
        return (
            "It never sees a cloud",
            f"{some} masked out before this network reads the series. With raw input a network must look past them.",
        )
    return "No date is cloudy here", "There is nothing to look past. Choose a pixel that has clouds."


def clouds_table(looks: Looks) -> pd.DataFrame:
    """A row per head, the one that looks at clouds most first."""
    return pd.DataFrame([
        {"head": named(head, looks.layers), "attention on cloudy dates": round(float(looks.on_clouds[head]), 6),
         "share of dates that are cloudy": round(float(looks.cloudy.mean()), 6),
         "a head that looks evenly": round(looks.even, 6)}
        for head in sorted_heads(looks)
    ])  # fmt: skip
