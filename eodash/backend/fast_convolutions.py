"""Convolutions over the grid with channels last: TempCNN and MS-ResNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from eodash.backend.fast_dates import on_grid
from models.contract import SeriesNetwork, Trace
from models.ms_resnet import MsResNet, Residual
from models.temp_cnn import TempCnn


class Convolution(nn.Module):
    """A convolution and the batch normalisation behind it as one, over (B, C, 1, G) with channels last."""

    weight: Tensor
    bias: Tensor

    def __init__(self, convolution: nn.Module, norm: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(convolution, nn.Conv1d)
        assert isinstance(norm, nn.BatchNorm1d)
        fused = fuse_conv_bn_eval(convolution, norm)
        assert fused.bias is not None
        weight = fused.weight.detach().unsqueeze(2).to(dtype).contiguous(memory_format=torch.channels_last)
        self.register_buffer("weight", weight)
        self.register_buffer("bias", fused.bias.detach().to(dtype))
        self.stride, self.reach = int(fused.stride[0]), int(fused.kernel_size[0]) // 2

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight, self.bias, (1, self.stride), (0, self.reach))


class FastTempCnn(nn.Module):
    """TempCNN; its flattened layer takes the grid before the channels."""

    PIECE = 256

    def __init__(self, network: SeriesNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(network, TempCnn)
        layers = list(network.convolve)
        self.dtype, self.resample = dtype, network.resample
        self.convolve = nn.ModuleList(Convolution(layers[k], layers[k + 1], dtype) for k in range(0, len(layers), 4))
        dense, norm = network.hidden[0], network.hidden[1]
        assert isinstance(dense, nn.Linear)
        assert isinstance(norm, nn.BatchNorm1d)
        hidden = fuse_linear_bn_eval(dense, norm)
        width, grid = network.config.width, network.config.grid_length
        weight = hidden.weight.detach().view(-1, width, grid).mT.flatten(1)
        self.register_buffer("weight", weight.to(dtype).contiguous())
        self.register_buffer("bias", hidden.bias.detach().to(dtype))
        self.classifier = network.classifier

    weight: Tensor
    bias: Tensor

    def forward(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        x = channels_last(on_grid(self.resample, values, day, mask).to(self.dtype))
        for convolve in self.convolve:
            x = convolve(x).relu_()
        flat = x.permute(0, 2, 3, 1).reshape(len(x), -1)  # (B, G width)
        features = functional.linear(flat, self.weight, self.bias).relu_().float()
        return Trace(self.classifier(features).unsqueeze(1), features)


class FastResidual(nn.Module):
    """One residual block; the shortcut is taken into the second convolution's sum."""

    def __init__(self, block: Residual, dtype: torch.dtype) -> None:
        super().__init__()
        first, first_norm, _, second, second_norm = block.convolve
        self.first = Convolution(first, first_norm, dtype)
        self.second = Convolution(second, second_norm, dtype)
        self.shortcut = Convolution(block.shortcut[0], block.shortcut[1], dtype)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).relu_()).add_(self.shortcut(x)).relu_()  # type: ignore[no-any-return]


class FastMsResNet(nn.Module):
    """MS-ResNet."""

    PIECE = 256

    def __init__(self, network: SeriesNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(network, MsResNet)
        self.dtype, self.resample, self.classifier = dtype, network.resample, network.classifier
        self.stem = Convolution(network.stem[0], network.stem[1], dtype)
        self.scales = nn.ModuleList(
            nn.Sequential(*(FastResidual(block, dtype) for block in scale.modules() if isinstance(block, Residual)))
            for scale in network.scales
        )

    def forward(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        x = channels_last(on_grid(self.resample, values, day, mask).to(self.dtype))
        x = self.stem(x).relu_()
        features = torch.cat([scale(x).float().mean((2, 3)) for scale in self.scales], dim=1)
        return Trace(self.classifier(features).unsqueeze(1), features)


def channels_last(grid: Tensor) -> Tensor:
    """(B, G, C) as (B, C, 1, G) in the same place."""
    return grid.contiguous().unsqueeze(1).permute(0, 3, 1, 2)
