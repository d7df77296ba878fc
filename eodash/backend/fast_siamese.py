"""FC-Siam-diff strip by strip: what a strip of rows goes through on one level stays in the cache.

Batch normalisation lies in the convolutions, ReLU follows in the same step, channels lie last. A strip brings as many
rows beyond its own as its convolutions look, so the answer is that of the whole image.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.fc_change import FcChange, ImageTrace

PIXELS = 2**16
"""Of a strip, whatever the level: two dates of it fill a cache of some megabytes."""
FEWEST = 32
"""Rows of a strip: those beyond its own are computed twice."""


class Convolution:
    """3 × 3, with ReLU; its weights lie as the processor wants them, where PyTorch offers that."""

    def __init__(self, convolution: nn.Module, norm: nn.Module, dtype: torch.dtype) -> None:
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        fused = fuse_conv_bn_eval(convolution, norm)
        assert fused.bias is not None
        self.weight = fused.weight.detach().to(dtype).contiguous(memory_format=torch.channels_last)
        self.bias = fused.bias.detach().to(dtype)
        self._fused = getattr(torch.ops.mkldnn, "_convolution_pointwise", None) if _packs(dtype) else None
        self._packed = self.weight.contiguous().to_mkldnn() if self._fused else self.weight
        self._laid = False

    @property
    def width(self) -> int:
        return len(self.weight)

    def __call__(self, image: Tensor) -> Tensor:
        if self._fused is None:
            return functional.conv2d(image, self.weight, self.bias, padding=1).relu_()
        if not self._laid:
            lay = torch._C._nn.mkldnn_reorder_conv2d_weight
            self._packed = lay(self._packed, [1, 1], [1, 1], [1, 1], 1, list(image.shape))  # type: ignore[call-arg]
            self._laid = True
        found: Tensor = self._fused(image, self._packed, self.bias, [1, 1], [1, 1], [1, 1], 1, "relu", [], "")
        return found


class FastSiamese:
    """What an FC-Siam-diff says of one pair; its one logit is that of change less that of none."""

    def __init__(self, network: FcChange, dtype: torch.dtype) -> None:
        self.down = [_convolutions(level, dtype) for level in network.encoder.levels]
        self.up = [_convolutions(level, dtype) for level in network.decoder.levels]
        self.raising = [_raising(each, dtype) for each in (network.decoder.raise_bottom, *network.decoder.ups)]
        last = network.decoder.classifier
        assert last.bias is not None
        taps = (last.weight[1] - last.weight[0]).detach()  # (C, 3, 3)
        self.taps = taps.permute(1, 2, 0).reshape(9, -1).float().contiguous()  # nine roundings would add up
        self.bias = float((last.bias[1] - last.bias[0]).detach())

    def __call__(self, before: Tensor, after: Tensor) -> ImageTrace:
        apart, first, second = [], before, after
        for level in self.down:
            skip, first, second = _seen(level, first, second)
            apart.append(skip)
        image = (first - second).abs_()
        for level, raising in zip(self.up, self.raising, strict=True):
            last = level is self.up[-1]
            image = self._raised(level, raising, image, apart.pop(), last=last)
        return ImageTrace(image)

    def _raised(
        self, level: list[Convolution], raising: tuple[Tensor, Tensor], below: Tensor, skip: Tensor, *, last: bool
    ) -> Tensor:
        """One level of the decoder; the last one ends with the logit."""
        rows, columns = skip.shape[2:]
        reach = len(level) + last
        found = _room(1, rows, columns, torch.float32) if last else _room(
            level[-1].width, rows, columns, skip.dtype)  # fmt: skip
        for start, stop in _strips(rows, columns):
            low, high = max(0, start - reach), min(rows, stop + reach)
            top, bottom = low // 2, min(rows // 2, (high + 1) // 2 + 1)
            raised = functional.conv_transpose2d(below[:, :, top:bottom], *raising, 2, 1, 1)
            both = torch.cat([raised[:, :, low - 2 * top : high - 2 * top], skip[:, :, low:high]], 1)
            image = _through(level, both, low > 0, high < rows)
            if last:
                image = self._logit(image, start, stop, max(0, start - 1))
            found[:, :, start:stop] = image
        return found

    def _logit(self, image: Tensor, start: int, stop: int, low: int) -> Tensor:
        """(1, 1, rows, columns) from rows that begin at `low`: a product for each of nine places, then moved there."""
        channels, rows, columns = image.shape[1:]
        flat = image.permute(0, 2, 3, 1).reshape(-1, channels)
        parts = (self.taps @ flat.float().T).view(3, 3, rows, columns)
        found = torch.full((stop - start, columns), self.bias)
        for down in range(3):
            first, end = max(start, low + 1 - down), min(stop, low + rows + 1 - down)
            for right in range(3):
                to = slice(max(0, 1 - right), columns - max(0, right - 1))
                of = slice(max(0, right - 1), columns - max(0, 1 - right))
                there = parts[down, right, first + down - 1 - low : end + down - 1 - low, of]
                found[first - start : end - start, to] += there
        return found[None, None]


def _seen(level: list[Convolution], first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One level of the encoder: how far both dates lie apart, and each of them pooled."""
    rows, columns = first.shape[2:]
    width, reach = level[-1].width, len(level)
    apart = _room(width, rows, columns, first.dtype)
    pooled = [_room(width, rows // 2, columns // 2, first.dtype) for _ in range(2)]
    for start, stop in _strips(rows, columns):
        low, high = max(0, start - reach), min(rows, stop + reach)
        seen = []
        for image, down in zip((first, second), pooled, strict=True):
            seen.append(_through(level, image[:, :, low:high], low > 0, high < rows))
            down[:, :, start // 2 : stop // 2] = _pooled(seen[-1])
        torch.sub(*seen, out=apart[:, :, start:stop]).abs_()
    return apart, pooled[0], pooled[1]


def _through(level: list[Convolution], image: Tensor, above: bool, beneath: bool) -> Tensor:
    """After every convolution a row less where the image goes on, for beyond it something else was assumed."""
    for convolve in level:
        image = convolve(image)
        image = image[:, :, int(above) : image.shape[2] - int(beneath)]
    return image


def _pooled(image: Tensor) -> Tensor:
    """The largest of four, none of them below 0; half-precision numbers then compare as whole ones do, and faster."""
    _, channels, rows, columns = image.shape
    kind = torch.int16 if image.dtype.itemsize == 2 else torch.int32
    flat = image.permute(0, 2, 3, 1).view(kind).reshape(1, rows // 2, 2, columns * channels)
    flat = torch.maximum(flat[:, :, 0], flat[:, :, 1]).view(1, rows // 2, columns // 2, 2, channels)
    return torch.maximum(flat[:, :, :, 0], flat[:, :, :, 1]).view(image.dtype).permute(0, 3, 1, 2)


def _strips(rows: int, columns: int) -> list[tuple[int, int]]:
    """Even rows each, about `PIXELS` of them."""
    size = max(FEWEST, PIXELS // columns // 2 * 2)
    return [(start, min(rows, start + size)) for start in range(0, rows, size)]


def _room(channels: int, rows: int, columns: int, dtype: torch.dtype) -> Tensor:
    return torch.empty(1, rows, columns, channels, dtype=dtype).permute(0, 3, 1, 2)


def _convolutions(level: nn.Module, dtype: torch.dtype) -> list[Convolution]:
    assert isinstance(level, nn.Sequential)
    return [Convolution(level[place], level[place + 1], dtype) for place in range(0, len(level), 4)]


def _raising(layer: nn.Module, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    assert isinstance(layer, nn.ConvTranspose2d)
    assert layer.bias is not None
    weight = layer.weight.detach().to(dtype).contiguous(memory_format=torch.channels_last)
    return weight, layer.bias.detach().to(dtype)


def _packs(dtype: torch.dtype) -> bool:
    """Whether convolutions go through oneDNN, which takes weights laid out for it."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))
