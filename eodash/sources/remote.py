"""A raster behind a URL, read in byte ranges.

GDAL never goes to the network by itself here: it would follow redirects unseen, wait without end and remember a failed
address for good. It asks this file object for bytes instead, and what goes wrong is kept as a named error.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import rasterio
from rasterio.abc import FileContainer
from rasterio.errors import RasterioError

from eodash.errors import EodashError, RasterError
from eodash.settings import settings
from eodash.sources.ranges import file_name, ranged
from eodash.sources.signing import Signer

HEAD = 32_768
"""Bytes of the first request: the header of a COG and what else is small in it."""
STEP = 16_384
"""Least bytes of any further request."""
LARGEST = 8 * 2**20
"""Most bytes of one request that neighbours are merged into."""

_MAGIC = {"GTiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "JP2OpenJPEG": (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")}


class RemoteFile:
    """Bytes of one asset; what was read once is kept as long as the file is open."""

    def __init__(self, href: str, signer: Signer, deadline: float) -> None:
        self.href = href
        self.fault: EodashError | None = None
        self._signer = signer
        self._deadline = deadline
        self._pieces: list[tuple[int, bytes]] = []
        self.size = 0
        self._fetch(0, HEAD)

    @property
    def head(self) -> bytes:
        return self._pieces[0][1]

    def span(self, start: int, stop: int) -> bytes:
        """What lies between; empty once something went wrong."""
        for begin, piece in self._pieces:
            if begin <= start and stop <= begin + len(piece):
                return piece[start - begin : stop - begin]
        if self.fault is not None:
            return b""
        try:
            piece = self._fetch(start, min(max(stop, start + STEP), self.size))
        except EodashError as error:  # GDAL would swallow it: `dataset` raises it again
            self.fault = error
            return b""
        return piece[: stop - start]

    def _fetch(self, start: int, stop: int) -> bytes:
        if sum(len(piece) for _, piece in self._pieces) + stop - start > settings().raster_mib * 2**20:
            raise RasterError(
                f"{self.name} is too large to read.",
                "Choose another catalogue, or another product of it.",
                code="too_large",
            )
        piece, self.size = ranged(self.href, self._signer, start, stop, self._deadline)
        self._pieces.append((start, piece))
        return piece

    def prefetch(self, ranges: list[tuple[int, int]]) -> None:
        """Fetch (start, stop) ranges that will be wanted, neighbours with one request."""
        merged: list[tuple[int, int]] = []
        for start, stop in sorted(ranges):
            if merged and start - merged[-1][1] <= STEP and stop - merged[-1][0] <= LARGEST:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            elif 0 < start < stop <= self.size:
                merged.append((start, stop))
        for start, stop in merged:
            self.span(start, min(stop, self.size))

    @property
    def name(self) -> str:
        return file_name(self.href) or "The asset"


class _Cursor(io.RawIOBase):
    """A place in a remote file; GDAL opens several at a time."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._file.size)[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = self._file.size if size < 0 else min(self._at + size, self._file.size)
        got = self._file.span(self._at, stop) if stop > self._at else b""
        self._at += len(got)
        return got


class _One(FileContainer):  # type: ignore[misc]  # compiled, without types
    """A folder with one file in it, for GDAL to look into."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file

    def open(self, path: str, mode: str = "r", **options: Any) -> _Cursor:
        return _Cursor(self._file)

    def isfile(self, path: str) -> bool:
        return True

    def isdir(self, path: str) -> bool:
        return False

    def ls(self, path: str) -> list[str]:
        return []

    def mtime(self, path: str) -> int:
        return 0

    def rm(self, path: str) -> None:
        raise OSError("read only")

    def size(self, path: str) -> int:
        return self._file.size


@contextmanager
def dataset(
    href: str, signer: Signer, deadline: float, driver: str
) -> Iterator[tuple[rasterio.DatasetReader, RemoteFile]]:
    """The open raster and its bytes, by one explicit driver, its header held against the limits."""
    remote = RemoteFile(href, signer, deadline)
    if not remote.head.startswith(_MAGIC[driver]):
        raise RasterError(
            f"{remote.name} is not a {driver} file.",
            "Choose another catalogue, or another product of it.",
            code="driver_not_allowed",
        )
    try:
        with rasterio.open(f"{uuid4().hex}.raster", driver=driver, opener=_One(remote)) as opened:
            _gate(opened, remote.name)
            yield opened, remote
    except RasterioError as error:
        raise remote.fault or RasterError(
            f"{remote.name} is damaged.", "Leave this date out, or try again later.", code="corrupt", retryable=True
        ) from error
    if remote.fault is not None:
        raise remote.fault


def _gate(opened: rasterio.DatasetReader, name: str) -> None:
    height, width = opened.block_shapes[0]
    item = {"int8": 1, "uint8": 1, "int16": 2, "uint16": 2}.get(opened.dtypes[0], 8)
    whole, block = opened.width * opened.height * opened.count * item, width * height * item
    if whole > settings().raster_mib * 2**20 or block > settings().block_mib * 2**20:
        raise RasterError(
            f"{name} says it is {whole / 2**20:,.0f} MiB in blocks of {block / 2**20:,.0f}.",
            "That is more than this server reads.",
            code="too_large",
        )
