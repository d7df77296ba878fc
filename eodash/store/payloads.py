"""The pictures of a request on the disk: loose dates while a fetch goes on, one cube when it has ended."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.cube import carrier
from eodash.errors import StorageError
from eodash.sources.contract import DateResult
from eodash.store import durable
from eodash.store.durable import Sink, Written

_read_array: Callable[..., Any] = np.lib.format.read_array
_write_array: Callable[..., None] = np.lib.format.write_array
_write_header: Callable[..., None] = np.lib.format.write_array_header_1_0

Picture = tuple[NDArray[np.int16], NDArray[np.bool_]]


class Piece(Protocol):
    """Where one date's picture lies."""

    def read(self) -> Picture: ...


@dataclass(frozen=True)
class Loose:
    """A date in a file of its own."""

    path: Path
    sha256: str

    def read(self) -> Picture:
        """Values (band, y, x) and clear (y, x); damage is an error."""
        try:
            if durable.sha256(self.path) != self.sha256:
                raise damaged(self.path.name)
            with self.path.open("rb") as file:
                values = _read_array(file, allow_pickle=False)
                clear = _read_array(file, allow_pickle=False)
        except FileNotFoundError as error:
            raise lost() from error
        return values, clear


@dataclass(frozen=True)
class Slice:
    """A date inside a cube."""

    values: NDArray[np.int16]
    clear: NDArray[np.bool_]
    index: int

    def read(self) -> Picture:
        """Values (band, y, x) and clear (y, x)."""
        return self.values[self.index], self.clear[self.index]


def damaged(name: str) -> StorageError:
    return StorageError(
        f"What was stored as {name} has changed on the disk.", "Fetch it again.", code="checksum", retryable=True
    )


def lost() -> StorageError:
    return StorageError(
        "Pictures of this run have vanished from the disk.", "Fetch them again.", code="lost", retryable=True
    )


def unique(key: str, token: str) -> str:
    """A name that nobody has had: the key, the server that writes it, and chance."""
    return f"{key}.{token}.{secrets.token_hex(6)}"


def server_of(name: str) -> str:
    """The server that wrote a payload."""
    return [*name.split("."), ""][1]


def write_date(folder: Path, key: str, token: str, result: DateResult) -> Written:
    def body(sink: Sink) -> None:
        for array in (result.values, result.clear):
            _write_array(sink, np.ascontiguousarray(array), allow_pickle=False)

    return durable.write_file(folder, f"{unique(key, token)}.npy", body)


def write_cube(
    folder: Path, name: str, pieces: Mapping[str, Piece], bands: Sequence[str], geobox: GeoBox, attrs: dict[str, Any]
) -> list[Written]:
    """Stream the dates, in order of time, into one folder; never more than one of them in memory."""
    shape = (len(pieces), len(bands), *geobox.shape)
    said = {"time": list(pieces), "band": list(bands), "grid": grid_json(geobox), "attrs": attrs}

    def body(into: Path) -> list[Written]:
        with (into / "cube.npy").open("xb") as one, (into / "clear.npy").open("xb") as other:
            values_sink, clear_sink = Sink(one), Sink(other)
            _header(values_sink, "<i2", shape)
            _header(clear_sink, "|b1", (shape[0], *shape[2:]))
            for time, piece in pieces.items():
                values, clear = piece.read()
                if values.shape != shape[1:] or clear.shape != shape[2:]:
                    raise StorageError(
                        f"The picture of {time} has another grid than the rest.",
                        "Fetch it again.",
                        code="grid",
                        retryable=True,
                        details={"time": time},
                    )
                values_sink.write(np.ascontiguousarray(values, "<i2").tobytes())
                clear_sink.write(np.ascontiguousarray(clear, "|b1").tobytes())
            written = [values_sink.written("cube.npy"), clear_sink.written("clear.npy")]
        with (into / "cube.json").open("xb") as file:
            sink = Sink(file)
            sink.write(json.dumps(said).encode())
            written.append(sink.written("cube.json"))
        return written

    return durable.write_folder(folder, name, body)


def _header(sink: Sink, descr: str, shape: tuple[int, ...]) -> None:
    _write_header(sink, {"descr": descr, "fortran_order": False, "shape": shape})


def grid_json(geobox: GeoBox) -> dict[str, Any]:
    """A grid as plain JSON."""
    crs = geobox.crs
    if crs is None:
        raise StorageError(
            "A grid without a coordinate system cannot be kept.", "Fetch it again from another source.", code="grid"
        )
    epsg = crs.to_epsg()
    return {
        "crs": f"EPSG:{epsg}" if epsg else crs.to_wkt(),
        "affine": list(geobox.affine)[:6],
        "shape": list(geobox.shape),
    }


def grid_from_json(said: dict[str, Any]) -> GeoBox:
    return GeoBox(tuple(said["shape"]), Affine(*said["affine"]), said["crs"])


@dataclass(frozen=True)
class StoredCube:
    """A cube's folder and what its files must be."""

    folder: Path
    files: tuple[Written, ...]

    def verify(self) -> None:
        """Raise a StorageError unless every file is the one that was written."""
        for file in self.files:
            path = self.folder / file.name
            if path.stat().st_size != file.bytes or durable.sha256(path) != file.sha256:
                raise damaged(f"{self.folder.name}/{file.name}")

    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.folder / "cube.json").read_bytes())
        return said

    def arrays(self) -> Picture:
        """Values (time, band, y, x) and clear (time, y, x), as read-only memory maps."""
        values = np.load(self.folder / "cube.npy", mmap_mode="r", allow_pickle=False)
        clear = np.load(self.folder / "clear.npy", mmap_mode="r", allow_pickle=False)
        return values, clear

    def pieces(self) -> Iterator[tuple[str, Slice]]:
        values, clear = self.arrays()
        for index, time in enumerate(self.said()["time"]):
            yield time, Slice(values, clear, index)

    def cube(self) -> xr.DataArray:
        """The carrier, on memory maps."""
        said = self.said()
        values, clear = self.arrays()
        time = np.array(said["time"], "datetime64[s]")
        return carrier(values, clear, time, said["band"], grid_from_json(said["grid"]), said["attrs"])
