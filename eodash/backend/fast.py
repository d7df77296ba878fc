"""Networks made ready for many series: the same answers, to the rounding of the chosen precision, in less time.

    prepared(network, dtype, device) → Prepared, called as the network: (values, day, mask) → Trace, float32

What is done on a copy of the network: batch normalisation goes into the convolution or linear layer before it,
channels lie last, matrices, convolutions and recurrences are in `dtype`, heads and the norms before them in float32,
series of one length are never packed, series that share their dates are resampled by one matrix, and a batch is cut
into pieces that stay in the cache. Nothing is compiled. Attention and states are watched on the network itself.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from eodash.backend.fast_attention import FastTransformer
from eodash.backend.fast_convolutions import FastMsResNet, FastTempCnn
from eodash.backend.fast_recurrent import FastEarlyLstm, FastLstm
from models.contract import SeriesNetwork, Trace
from models.early_lstm import EarlyLstm
from models.lstm import Lstm
from models.ms_resnet import MsResNet
from models.temp_cnn import TempCnn
from models.transformer import Transformer

FAST: dict[type[SeriesNetwork], type[nn.Module]] = {
    Lstm: FastLstm,
    EarlyLstm: FastEarlyLstm,
    Transformer: FastTransformer,
    MsResNet: FastMsResNet,
    TempCnn: FastTempCnn,
}
"""The others are asked as they are: at their size, in float32, nothing was found that is faster and as exact."""
ON_CUDA = 16384
"""Series in one piece where memory is wide and launches cost."""


class Prepared(nn.Module):
    """A network ready for many series. `plain` is a copy of it, untouched, in float32."""

    def __init__(self, network: SeriesNetwork, dtype: torch.dtype, device: torch.device) -> None:
        super().__init__()
        self.plain = copy.deepcopy(network).eval().to(device)
        self.causal, self.config, self.dtype = network.causal, network.config, dtype
        quick = quick_of(network)
        # a copy of its own: what two networks share would be cast in both
        self.quick = None if quick is None else quick(copy.deepcopy(network).eval(), dtype).to(device).eval()
        self.piece = ON_CUDA if device.type == "cuda" else int(getattr(quick, "PIECE", 256))
        self.requires_grad_(False)

    @property
    def classifier(self) -> nn.Linear:
        """The last layer of the network."""
        return self.plain.classifier

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        """What the network says; float32, without gradients."""
        if watch or self.quick is None:
            return self.plain(values, day, mask, watch=watch)  # type: ignore[no-any-return]
        with torch.inference_mode():
            traces = [
                self.quick(
                    values[start : start + self.piece],
                    day[start : start + self.piece],
                    mask[start : start + self.piece],
                )
                for start in range(0, max(1, len(values)), self.piece)
            ]
        hazard = None if traces[0].hazard is None else torch.cat([each.hazard for each in traces])
        return Trace(torch.cat([each.logits for each in traces]), torch.cat([each.features for each in traces]), hazard)


def quick_of(network: SeriesNetwork) -> type[nn.Module] | None:
    """What stands in for the network, if there is something."""
    if isinstance(network, TempCnn) and network.config.kernel % 2 == 0:
        return None  # its padding is not the same on both sides
    return FAST.get(type(network))


def prepared(
    network: SeriesNetwork, dtype: torch.dtype = torch.bfloat16, device: torch.device | str = "cpu"
) -> Prepared:
    """A copy of the network, ready for many series on this device; the network itself stays as it is."""
    return Prepared(network, dtype, torch.device(device))
