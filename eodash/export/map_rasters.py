"""A class map as rasters: classes with their colours and names, confidence, probabilities; each a valid COG.

GDAL keeps names of classes in a file beside the picture, NAME.tif.aux.xml; they also stand in the band's tags.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
import rasterio
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.shutil import copy

from eodash.agreement import UNKNOWN, class_hectares, pixel_hectares
from eodash.errors import StorageError
from eodash.export.geotiff import cog
from eodash.export.raster import Layer, Raster, wkt_of

STEPS = 254
"""Probability 1 in a byte of a map."""


def class_raster(answer: xr.Dataset, place: int, geobox: GeoBox, path: Path, told: dict[str, str]) -> None:
    """The classes after one date, with a colour table; the names beside it."""
    said = answer["said"].values[place]
    names, colours = classes_of(answer)
    plain = path.with_name("plain.tif")
    rows, columns = said.shape
    with rasterio.open(
        plain, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="uint8", nodata=UNKNOWN,
        crs=wkt_of(geobox), transform=geobox.affine, tiled=True, blockxsize=256, blockysize=256,
    ) as file:  # fmt: skip
        file.write(said, 1)
        file.write_colormap(1, {number: rgb(colour) for number, colour in enumerate(colours)} | {UNKNOWN: (0, 0, 0, 0)})
        file.descriptions = [f"class after {_day(answer, place)}"]
        file.update_tags(1, time=_time(answer, place), classes=json.dumps(names, ensure_ascii=False))
        file.update_tags(**told, AREA_OR_POINT="Area")
    copy(plain, path, driver="COG", COMPRESS="DEFLATE", OVERVIEW_RESAMPLING="NEAREST", BIGTIFF="IF_SAFER")
    plain.unlink()
    with rasterio.open(path) as file:
        if not np.array_equal(file.read(1), said):  # GDAL may report a full disk on its log alone
            raise StorageError(
                f"{path.name} was not written as it was given.",
                "Check that the disk is not full, or name another place.",
                code="io",
                retryable=True,
            )
    grounds = class_hectares(said[None], len(names), pixel_hectares(geobox))[0].tolist()
    path.with_name(f"{path.name}.aux.xml").write_bytes(named_classes(names, colours, grounds))


def confidence_raster(answer: xr.Dataset, place: int, geobox: GeoBox, path: Path, told: dict[str, str]) -> None:
    """The probability of that class, after one date: a byte with its scale."""

    def blocks() -> Iterator[NDArray[Any]]:
        seen = answer["said"].values[place] != UNKNOWN
        yield np.where(seen, answer["confidence"].values[place], UNKNOWN).astype(np.uint8)[None]

    layer = Layer(f"confidence after {_day(answer, place)}", 1 / STEPS, "1", {"time": _time(answer, place)})
    cog(Raster(geobox, (layer,), blocks, "uint8", UNKNOWN, told, (_moment(answer, place),)), path)


def probability_raster(answer: xr.Dataset, geobox: GeoBox, path: Path, told: dict[str, str]) -> None:
    """A band for each class: its probability after the last date; not a number where nothing was observed."""
    last = answer.sizes["date"] - 1
    names, _ = classes_of(answer)
    layers = tuple(Layer(name, 1.0, "1", {"time": _time(answer, last), "class": name}) for name in names)

    def blocks() -> Iterator[NDArray[Any]]:
        for one in answer["final"].values:
            yield one.astype(np.float32)[None]

    cog(Raster(geobox, layers, blocks, "float32", float("nan"), told, (_moment(answer, last),)), path)


def classes_of(answer: xr.Dataset) -> tuple[list[str], list[str]]:
    """Names and colours of the legend, in the order of the numbers."""
    colours = answer.attrs["colours"]
    return [str(name) for name in answer["class"].values], json.loads(colours) if isinstance(colours, str) else colours


def rgb(colour: str) -> tuple[int, int, int, int]:
    """`#2883EA` as numbers, opaque."""
    red, green, blue = bytes.fromhex(colour.lstrip("#"))
    return red, green, blue, 255


def named_classes(names: Sequence[str], colours: Sequence[str], hectares: Sequence[float]) -> bytes:
    """What GDAL reads beside a raster: names of the classes, and the table of them that a GIS shows."""
    root = Element("PAMDataset")
    band = SubElement(root, "PAMRasterBand", band="1")
    listed = SubElement(band, "CategoryNames")
    for name in names:
        SubElement(listed, "Category").text = plain(name)
    table = SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    columns = (("Value", 0, 5), ("Class", 2, 2), ("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8), ("Hectares", 1, 0))
    for index, (title, kind, usage) in enumerate(columns):
        field = SubElement(table, "FieldDefn", index=str(index))
        for tag, text in (("Name", title), ("Type", str(kind)), ("Usage", str(usage))):
            SubElement(field, tag).text = text
    for number, (name, colour, ground) in enumerate(zip(names, colours, hectares, strict=True)):
        row = SubElement(table, "Row", index=str(number))
        for cell in (number, plain(name), *rgb(colour)[:3], round(ground, 4)):
            SubElement(row, "F").text = str(cell)
    return bytes(tostring(root, "utf-8"))


def plain(name: str) -> str:
    """A name without what XML cannot hold."""
    return "".join(letter for letter in name if letter.isprintable())


def _moment(answer: xr.Dataset, place: int) -> np.datetime64:
    moment: np.datetime64 = answer["date"].values[place]
    return moment


def _day(answer: xr.Dataset, place: int) -> str:
    return str(_moment(answer, place).astype("datetime64[D]"))


def _time(answer: xr.Dataset, place: int) -> str:
    return f"{_moment(answer, place).astype('datetime64[s]')}Z"
