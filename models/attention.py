"""Self-attention as both Transformers use it.

Vaswani et al. (2017), Attention is all you need, arXiv:1706.03762: attention, then two linear layers, each added to its
input and then normalised ("post-norm").
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """One layer of a Transformer: (B, T, width) → the same, and its scores (B, H, T, T) where they are watched."""

    def __init__(self, width: int, heads: int, depth: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * heads * depth)  # queries, keys and values of all heads
        self.merge = nn.Linear(heads * depth, width)
        self.attention_norm = nn.LayerNorm(width)
        self.inner = nn.Sequential(nn.Linear(width, inner), nn.ReLU(), nn.Linear(inner, width), nn.Dropout(dropout))
        self.inner_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, allowed: Tensor, watch: bool) -> tuple[Tensor, Tensor | None]:
        """`allowed` (B, 1, 1 or T, T): which dates (last) each date may look at; every row needs one."""
        query, key, value = (
            self.project(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )  # (B, H, T, depth)
        attention = None
        if watch:
            score = query @ key.mT / math.sqrt(query.shape[-1])  # (B, H, T, T)
            attention = score.masked_fill(~allowed, -torch.inf).softmax(-1)  # rows sum to one
            mixed = attention @ value
        else:
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        mixed = self.dropout(self.merge(mixed.transpose(1, 2).flatten(2)))
        x = self.attention_norm(x + mixed)
        return self.inner_norm(x + self.inner(x)), attention


class Encoder(nn.Module):
    """Layers of self-attention; watched scores come as (B, L, H, T, T)."""

    def __init__(self, layers: int, width: int, heads: int, depth: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, heads, depth, inner, dropout) for _ in range(layers))

    def forward(self, x: Tensor, allowed: Tensor, watch: bool) -> tuple[Tensor, Tensor | None]:
        watched = []
        for block in self.blocks:
            x, attention = block(x, allowed, watch)
            watched.append(attention)
        return x, torch.stack(watched, dim=1) if watch else None
