"""The Transformer with attention as three plain products: at the length of a season the fused kernel is slower."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from eodash.backend.fast_dates import observed, shared
from models.attention import Block
from models.contract import SeriesNetwork, Trace
from models.masks import hide, never_empty, squeeze
from models.transformer import Transformer

SAFE = 64.0
"""Scores whose exponentials add up to a finite number."""


class FastBlock(nn.Module):
    """One layer; the scale of the scores lies in the queries' weights."""

    def __init__(self, block: Block, dtype: torch.dtype) -> None:
        super().__init__()
        self.heads, self.dtype = block.heads, dtype
        depth = block.project.out_features // (3 * block.heads)
        with torch.no_grad():
            for part in (block.project.weight, block.project.bias):
                part[: block.heads * depth] /= math.sqrt(depth)
        self.project, self.merge = block.project.to(dtype), block.merge.to(dtype)
        self.attention_norm, self.inner_norm = block.attention_norm.to(dtype), block.inner_norm.to(dtype)
        self.widen, self.narrow = block.inner[0].to(dtype), block.inner[2].to(dtype)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """`mask` (B, 1, 1, T) where series do not share their dates."""
        query, key, value = (
            self.project(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )  # (B, H, T, depth)
        if x.device.type == "cuda":
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=1.0)
        else:
            mixed = self.mix(query.contiguous() @ key.contiguous().mT, value, mask)
        x = self.attention_norm(self.merge(mixed.transpose(1, 2).flatten(2)).add_(x))
        return self.inner_norm(self.narrow(self.widen(x).relu_()).add_(x))  # type: ignore[no-any-return]

    def mix(self, score: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """The values (B, H, T, depth) weighed by the softmax of the scores (B, H, T, T)."""
        if self.dtype == torch.float32:
            score = score if mask is None else score.masked_fill_(~mask, -torch.inf)
            return score.softmax(-1) @ value
        # the softmax itself is slow in bfloat16: exponentials as they are, their sums as one more column of the values
        if float(score.max()) > SAFE:
            score -= score.amax(-1, keepdim=True) - SAFE / 2
        *rest, depth = value.shape
        wide = value.new_empty(*rest, depth + 1)
        wide[..., :-1], wide[..., -1] = value, 1.0
        if mask is not None:
            wide *= mask.mT
        wide = score.exp_() @ wide
        return wide[..., :-1] / wide[..., -1:]


class FastTransformer(nn.Module):
    """The Transformer that looks ahead."""

    PIECE = 256

    def __init__(self, network: SeriesNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(network, Transformer)
        self.dtype = dtype
        self.norm, self.project, self.positions = network.norm, network.project, network.positions
        blocks = [block for block in network.encoder.blocks if isinstance(block, Block)]
        self.blocks = nn.ModuleList(FastBlock(block, dtype) for block in blocks)
        self.out_norm, self.classifier = network.out_norm.to(dtype), network.classifier

    def forward(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        mask = never_empty(mask)
        same = shared(day, mask)
        values, day = hide(values, day, mask)
        values, day, mask = observed(values, day, mask) if same else _squeezed(values, day, mask)
        place = self.positions(day[:1], mask[:1]) if same else self.positions(day, mask)
        x = (self.project(self.norm(values)) + place).to(self.dtype)  # (B, T, width)
        for block in self.blocks:
            x = block(x, None if same else mask[:, None, None, :])
        x = self.out_norm(x)
        features = (x if same else x.masked_fill(~mask.unsqueeze(-1), -torch.inf)).amax(1).float()  # (B, width)
        return Trace(self.classifier(features).unsqueeze(1), features)


def _squeezed(values: Tensor, day: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Without gaps where finding them makes nobody wait."""
    return (values, day, mask) if mask.device.type == "cuda" else squeeze(values, day, mask)
