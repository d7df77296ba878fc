"""The few lines that compute the gradient of the page with PyTorch alone, as text that runs."""

from __future__ import annotations

from eodash.cards import Card

_CODE = """\
import torch

from eodash import cards
from eodash.backend.engine import series_at
from eodash.backend.weights import load
from eodash.cube import SCALE
from eodash.datasets.parcels import days_of

card = cards.card({card!r})
series = series_at(cube, {row}, {column})[: {end}].sel(band=list(card.input.bands))  # as far as {date}
usable = (series.values != {nodata}).all(1){clear}
usable = torch.tensor(usable)
values = torch.tensor(series.values / SCALE, dtype=torch.float32, requires_grad=True)
day = torch.tensor(days_of(series["time"].values.astype("datetime64[s]"), series.attrs["latitude"]))

mean, scale = torch.tensor(card.input.mean), torch.tensor(card.input.scale)
ready = ((values - mean) / scale).masked_fill(~usable[:, None], 0)
logits = load(card)(ready[None], day[None].float(), usable[None]).logits[0, {last}]
classes = torch.stack([logits.softmax(-1)[list(each.outputs)].sum() for each in card.legends[{legend!r}]])
score = (classes / classes.sum()).max()  # probability of the winning class
(gradient,) = torch.autograd.grad(score, values)  # (date, band)
print(card.legends[{legend!r}][int(classes.argmax())].name, float(score.detach()), gradient.shape)
"""


def code(fetching: str, card: Card, legend: str, place: tuple[int, int], end: int, date: str, nodata: int) -> str:
    """Lines that make `cube`, then those that ask the network about a pixel and go back to its values."""
    clear = "" if card.input.level == "l1c" else ' & series["clear"].values  # it never sees a cloudy date'
    last = "usable.nonzero().max()" if card.causal else "0"
    row, column = place
    return f"{fetching}\n" + _CODE.format(
        card=card.name, row=row, column=column, end=end, date=date, nodata=nodata, clear=clear, legend=legend, last=last
    )
