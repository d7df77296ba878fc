"""FC-Siam-diff over two images: ours against the layers as its authors wrote them; one thread, processor time.

The peer: float32, channels first, both dates one after the other, batch normalisation, a decoder of transposed
convolutions (stride 1 where ours has plain ones), no gradients. It is the same function, with the same weights.
"""

from __future__ import annotations

import copy
import statistics
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from eodash.backend.device import Policy
from eodash.backend.forward import Floats
from eodash.backend.image import Imager
from eodash.backend.image_probe import ground, like_images
from eodash.backend.weights import load
from eodash.bench import FASTER, Row, row
from eodash.bench.rounds import VOID, in_turns, rate
from eodash.cards import change_shelf
from models.fc_change import FcChange

SIDE, BANDS, ROUNDS = 1024, 6, 3
BAR, LINEAR = 6.0, 1.1
SAME, APART = 0.995, 0.03
OPERATIONS = 0.131
"""Million operations per pixel, both dates: twice the products of all convolutions."""
QUICK = Policy(dtype="bfloat16", plain=False)


class Published(nn.Module):
    """The network as its authors wrote it, with the weights of ours."""

    def __init__(self, network: FcChange) -> None:
        super().__init__()
        made = copy.deepcopy(network)
        self.encoder, self.decoder = made.encoder, made.decoder
        for level in self.decoder.levels:
            assert isinstance(level, nn.Sequential)
            for place, layer in enumerate(level):
                if isinstance(layer, nn.Conv2d):
                    level[place] = _transposed(layer)
        self.last = _transposed(self.decoder.classifier)
        self.decoder.classifier = nn.Identity()  # type: ignore[assignment]

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Chances (1, class, y, x)."""
        first, one = self.encoder(before)
        second, other = self.encoder(after)
        image = self.decoder([(here - there).abs() for here, there in zip(first, second, strict=True)],
                             (one - other).abs())  # fmt: skip
        found: Tensor = self.last(image).softmax(1)
        return found

    def chance(self, before: Floats, after: Floats) -> Floats:
        with torch.no_grad():
            found: Floats = self(*(torch.from_numpy(each)[None] for each in (before, after)))[0, 1].numpy()
        return found


def rows(side: int = SIDE, rounds: int = ROUNDS) -> list[Row]:
    """How many times as fast as the peer, whether both agree, and whether the cost of a pixel grows."""
    with _one_thread():
        half = statistics.median(rate(torch.bfloat16))
        network = untrained()
        peer, ours = Published(network).eval(), Imager(network, QUICK)
        images = like_images(BANDS, side)
        plain, network_plain = peer.chance(*images), Imager(network)
        same, apart = agreement(ours.chance(*images), plain)
        shelf = on_the_shelf()
        took = in_turns(
            {"peer": lambda: peer.chance(*images), "ours": lambda: ours.chance(*images),
             "plain": lambda: network_plain.chance(*images)}, rounds=rounds,
        )  # fmt: skip
        small = like_images(BANDS, side // 2)
        quarter = in_turns({"peer": lambda: ours.chance(*small)}, rounds=rounds)["peer"]
    seconds = {name: statistics.median(each.processor) for name, each in took.items()}
    pairs = zip(took["peer"].processor, took["ours"].processor, strict=True)
    share = OPERATIONS * side**2 / 1e3 / seconds["ours"] / half
    held = f"untrained: same decision {same:.2%}, Δp ≤ {apart:.4f}"
    fair = shelf is None or (shelf[0] >= SAME and shelf[1] <= APART)
    if shelf is not None:
        held += f"; shelf: same decision {shelf[0]:.2%}, Δp ≤ {shelf[1]:.4f}"
    note = (
        f"{seconds['ours']:.2f} s, {share:.0%} of the bfloat16 limit; our own network in plain float32 takes "
        f"{seconds['plain'] / seconds['ours']:.1f} times as long"
    )
    found = row("change", f"FC-Siam-diff, {side}² × {BANDS} bands", [theirs / mine for theirs, mine in pairs], FASTER,
                BAR, note, held)  # fmt: skip
    if took["peer"].spread > VOID:
        found |= {"met": None, "note": f"void: spread of the peer {took['peer'].spread:.0%}; {note}"}
    elif not fair:
        found |= {"met": False, "note": f"does not agree; {note}"}
    grown = seconds["ours"] / 4 / statistics.median(quarter.processor)
    return [found, row("change", "… of a pixel, four times as many", grown, "×", LINEAR)]


def untrained() -> FcChange:
    """Of the published size, with statistics that are not those of fresh layers; what it costs matters."""
    torch.manual_seed(3)
    network = FcChange(bands=BANDS).eval()
    for each in network.modules():
        if isinstance(each, nn.BatchNorm2d):
            each.running_mean = torch.randn(each.num_features) / 10
            each.running_var = torch.rand(each.num_features) / 4 + 0.05
    return network


def on_the_shelf() -> tuple[float, float] | None:
    """Agreement of the quick and the plain way of the shipped network; None where there is none."""
    card = change_shelf().get("fc-siam-diff")
    if card is None:
        return None
    network, images = load(card), ground()
    quick, plain = (Imager(network, policy).chance(*images) for policy in (QUICK, Policy()))  # type: ignore[arg-type]
    return agreement(quick, plain)


def agreement(ours: Floats, plain: Floats) -> tuple[float, float]:
    """Share of the same decision, and the largest difference of a chance."""
    return float(((ours > 0.5) == (plain > 0.5)).mean()), float(np.abs(ours - plain).max())


def _transposed(layer: nn.Conv2d) -> nn.ConvTranspose2d:
    """The same 3 × 3 convolution, as a transposed one."""
    made = nn.ConvTranspose2d(layer.in_channels, layer.out_channels, 3, padding=1)
    with torch.no_grad():
        made.weight.copy_(layer.weight.flip(2, 3).transpose(0, 1))
        assert layer.bias is not None
        assert made.bias is not None
        made.bias.copy_(layer.bias)
    return made


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
