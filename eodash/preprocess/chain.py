"""Which blocks are switched on, and with what: frozen, hashable, plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from eodash.preprocess.blocks import (
    BLOCKS,
    Fill,
    Interpolate,
    Mask,
    Normalise,
    Reflectance,
    Select,
    Smooth,
)
from eodash.preprocess.parameter import Parameter, wrong


@dataclass(frozen=True)
class Block:
    """One switch as a page draws it."""

    name: str
    title: str
    sentence: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Chain:
    """Blocks in the order in which they run; None is off, `Chain()` is raw."""

    select: Select | None = None
    reflectance: Reflectance | None = None
    mask: Mask | None = None
    fill: Fill | None = None
    interpolate: Interpolate | None = None
    smooth: Smooth | None = None
    normalise: Normalise | None = None

    @classmethod
    def standard(cls) -> Self:
        """Clouds out, then equal steps of ten days through what is left."""
        return cls(mask=Mask(), interpolate=Interpolate(method="whittaker"))

    @staticmethod
    def blocks() -> tuple[Block, ...]:
        """Every switch there is, in the order in which they run."""
        return tuple(Block(name, kind.title, kind.sentence, kind.parameters()) for name, kind in BLOCKS.items())

    @property
    def on(self) -> tuple[str, ...]:
        """Names of the blocks that are switched on."""
        return tuple(name for name in BLOCKS if getattr(self, name) is not None)

    @property
    def said(self) -> tuple[str, ...]:
        """One sentence per block that is on."""
        return tuple(getattr(self, name).said for name in self.on)

    def switched(self, name: str, values: Mapping[str, Any] | None) -> Self:
        """The same chain with one block given these values, or off."""
        said = self.to_json()
        said.pop(name, None)
        return self.from_json(said | ({} if values is None else {name: dict(values)}))

    def until(self, name: str) -> Self:
        """This block and those before it."""
        return type(self)(**{each: getattr(self, each) for each in list(BLOCKS)[: list(BLOCKS).index(name) + 1]})

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name).to_json() for name in self.on}

    @classmethod
    def from_json(cls, said: Any) -> Self:
        """A chain from plain data: what is left out has its default, what is unknown is refused."""
        if not isinstance(said, Mapping):
            raise wrong("This is no chain.", 'Write an object of blocks, like {"mask": {"rule": "scene"}}.')
        for name, values in said.items():
            if name not in BLOCKS:
                raise wrong(f"A chain has no block '{str(name)[:40]}'.", f"It has {', '.join(BLOCKS)}.")
            if not isinstance(values, Mapping):
                raise wrong(f"The block '{name}' has no parameters.", "Write an object; {} stands for the defaults.")
            known = [parameter.name for parameter in BLOCKS[name].parameters()]
            unknown = next((key for key in values if key not in known), None)
            if unknown is not None:
                raise wrong(f"The block '{name}' knows no '{str(unknown)[:40]}'.", f"It knows {', '.join(known)}.")
        made: dict[str, Any] = {name: BLOCKS[name](**values) for name, values in said.items()}
        return cls(**made)
