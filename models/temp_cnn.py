"""TempCNN: Pelletier, Webb & Petitjean (2019), arXiv:1811.10166; code charlotte-pel/temporalCNN.

    values (B, T, D) → grid (B, D + 1, G) → 3 × [convolution of 5 dates, 64 units, batch norm, ReLU, dropout]
        → flattened (B, 64 G) → Linear 256, batch norm, ReLU, dropout (B, 256) → Linear (B, C)

.81 million parameters at 46 grid dates, nearly all in the flattened layer. A batch of one series trains on the running
statistics where it has no spread of its own (norms.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from models.contract import SeriesNetwork, Trace
from models.norms import BatchNorm
from models.resample import Resample


@dataclass(frozen=True)
class Config:
    """As published; BreizhCrops uses kernel=7 and width=128."""

    bands: int
    classes: int
    width: int = 64
    kernel: int = 5
    hidden: int = 256
    dropout: float = 0.5
    grid_start: float = -30.0  # phase days
    grid_step: float = 10.0
    grid_length: int = 46


class TempCnn(SeriesNetwork):
    """Convolutions over a fixed grid of dates."""

    causal = False

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        self.resample = Resample(chosen.grid_start, chosen.grid_step, chosen.grid_length)
        blocks: list[nn.Module] = []
        for incoming in (chosen.bands + 1, chosen.width, chosen.width):
            blocks.append(nn.Conv1d(incoming, chosen.width, chosen.kernel, padding="same"))
            blocks += [BatchNorm(chosen.width), nn.ReLU(), nn.Dropout(chosen.dropout)]
        self.convolve = nn.Sequential(*blocks)
        self.hidden = nn.Sequential(
            nn.Linear(chosen.width * chosen.grid_length, chosen.hidden),
            BatchNorm(chosen.hidden),
            nn.ReLU(),
            nn.Dropout(chosen.dropout),
        )
        self.classifier = nn.Linear(chosen.hidden, chosen.classes)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        x = self.convolve(self.resample(values, day, mask))  # (B, width, G)
        features = self.hidden(x.flatten(1))
        return Trace(self.classifier(features).unsqueeze(1), features)
