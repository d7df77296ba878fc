"""Normalisation where its usual form would fail: one series alone, one band alone."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation; where one series in training has no spread of its own, the running statistics stand in."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training and x.numel() == x.shape[1]:
            return functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        return super().forward(x)


def band_norm(bands: int, wanted: bool = True) -> nn.Module:
    """Layer normalisation over the bands of a date, as published; it hides how bright a date was.

    Nothing for one or two bands, of which it would leave at most a sign.
    """
    return nn.LayerNorm(bands) if wanted and bands > 2 else nn.Identity()
