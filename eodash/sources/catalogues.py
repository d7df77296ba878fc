"""Catalogues from configuration: the shipped table, and one of the deployment's own on top of it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from eodash.errors import CatalogError
from eodash.sensors import SENSORS
from eodash.settings import Settings
from eodash.sources.contract import Product, Source

if TYPE_CHECKING:
    from eodash.sources.stac import StacSource

SHIPPED = Path(__file__).with_name("catalogues.toml")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mask(_Table):
    """Which asset tells clear pixels from clouds, and how."""

    asset: str
    kind: Literal["scl", "qa_pixel"]


class ProductEntry(_Table):
    """One sensor at one level in one catalogue."""

    collection: str
    assets: dict[str, str] = Field(description="band → asset key")
    resolutions: tuple[int, ...] = Field(min_length=1)
    mask: Mask | None = None
    offset: Literal["kept", "removed", "fixed"] = "kept"
    scale: float = Field(1e-4, gt=0, le=1, description="reflectance per digital number")
    add: float = Field(0.0, ge=-1, le=1, description="reflectance at digital number 0, where offset is fixed")
    driver: Literal["GTiff", "JP2OpenJPEG"] = "GTiff"
    licence: str = ""
    enabled: bool = True
    credentials: tuple[str, ...] = Field((), description="environment variables without which it stays off")
    requester_pays: str = Field("", description="the AWS region of a bucket whose readers pay")

    @property
    def missing(self) -> str:
        """Why it cannot be used now; empty if it can."""
        absent = [name for name in self.credentials if not os.environ.get(name)]
        if absent:
            return f"needs credentials: set {' and '.join(absent)}"
        if not self.enabled:
            return "switched off: set enabled = true in the file named by EODASH_CATALOGUES"
        return "cannot be read yet: its storage asks the reader to pay" if self.requester_pays else ""


class Entry(_Table):
    """One catalogue."""

    title: str
    url: str
    signing: Literal["none", "planetary-computer"] = "none"
    token_url: str = ""
    signed_hosts: tuple[str, ...] = ()
    enabled: bool = True
    products: dict[str, ProductEntry]

    @field_validator("products")
    @classmethod
    def _known_sensors(cls, products: dict[str, ProductEntry]) -> dict[str, ProductEntry]:
        for name, product in products.items():
            if name not in SENSORS:
                raise ValueError(f"'{name}' is no sensor; there are {', '.join(SENSORS)}")
            strange = set(product.assets) - set(SENSORS[name].names)
            if strange or not product.assets:
                raise ValueError(f"'{name}' has no band {', '.join(sorted(strange)) or 'at all'}")
        return products


def entries(own: Path | None = None) -> dict[str, Entry]:
    """Every catalogue by id: the shipped ones, then what `own` adds or changes."""
    tables = _parsed(SHIPPED)
    if own is not None:
        tables = _merged(tables, _parsed(own))
    try:
        return {name: Entry.model_validate(table) for name, table in tables.items()}
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise _unusable(own or SHIPPED, f"{where}: {error.errors()[0]['msg']}") from error


def products(entry: Entry) -> dict[str, Product]:
    """What an entry offers, in the words of the contract."""
    return {
        name: Product(name, SENSORS[name].title, SENSORS[name], product.resolutions, product.missing)
        for name, product in entry.products.items()
    }


def stac_sources(settings: Settings) -> dict[str, Source]:
    """A source for each configured catalogue, by id."""
    from eodash.sources.stac import StacSource  # pystac-client and rasterio take a second to import

    made: dict[str, StacSource] = {
        name: StacSource(name, entry) for name, entry in entries(settings.catalogues).items() if entry.enabled
    }
    return cast("dict[str, Source]", made)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        inner = both.get(key)
        both[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return both


def _unusable(path: Path, why: str) -> CatalogError:
    return CatalogError(
        f"The catalogues in {path.name} cannot be used: {why[:200]}.",
        "Correct the file that EODASH_CATALOGUES names, or unset it.",
        code="configuration",
    )
