"""In the sandbox: HDF5 and Zarr held against the limits by their own low-level records, before xarray sees them."""

from __future__ import annotations

import json
import math
import os
import stat
from pathlib import Path
from typing import Any

from eodash.errors import RasterError

OBJECTS = 5_000
CHUNKS = 200_000
"""Most pieces of one array: each is read by itself."""
FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset"}
"""Filters that HDF5 itself has; any other would be a plug-in from somewhere."""
COMPRESSORS = {"zlib", "gzip", "zstd", "blosc", "lz4", "bz2"}
CODECS = {"bytes", "gzip", "zstd", "blosc", "crc32c", "transpose", "vlen-utf8", "sharding_indexed"}
_METADATA = 16 * 2**20
_TEXTS = 10_000


def refuse(
    what: str, code: str, advice: str = "Write the file again without it, or ask where it came from."
) -> RasterError:
    return RasterError(what, advice, code=code)


def state(path: str) -> str:
    """A path as it is now: another file under the same name is another state."""
    said = os.stat(path)
    return f"{path}\0{said.st_ino}.{said.st_size}.{said.st_mtime_ns}"


def damaged(path: str) -> RasterError:
    """What a reader's own failure means."""
    if not os.access(path, os.R_OK):
        return refuse("The file cannot be read.", "unreadable", "Check its permissions.")
    return refuse(
        "The file is damaged: not all of it can be read.", "corrupt", "Copy it again from where it came from."
    )


def sized(name: str, shape: Any, itemsize: int, chunks: Any, most: int, block: int) -> None:
    """Raise a RasterError for an array that is too large, as a whole or in one chunk."""
    whole = math.prod(int(size) for size in shape) * itemsize
    piece = math.prod(int(size) for size in chunks) * itemsize if chunks else 0
    for size, limit, which in ((whole, most, "It"), (piece, block, "One chunk of it")):
        if size > limit or size < 0:
            raise RasterError(
                f"'{name[:40]}' has {' × '.join(str(side) for side in shape)[:80]} values. {which} would take "
                f"{size / 2**20:,.0f} MiB; {limit / 2**20:,.0f} are the most.",
                "Cut the file, or write it in smaller chunks.",
                code="too_large",
                details={"bytes": size, "limit": limit},
            )


def hdf5(path: str, most: int, block: int) -> None:
    """Walk every object of an HDF5 file: no link out of it, no foreign storage, no plug-in, nothing huge."""
    os.environ["HDF5_PLUGIN_PATH"] = "/nonexistent"
    import h5py  # type: ignore[import-untyped]  # after the path of its plug-ins is closed

    while h5py.h5pl.size():
        h5py.h5pl.remove(0)
    with h5py.File(path, "r", locking=False) as file:
        waiting: list[Any] = [file["/"]]
        seen: set[Any] = set()
        while waiting:
            group = waiting.pop()
            where = h5py.h5o.get_info(group.id).addr
            if where in seen:
                continue
            seen.add(where)
            if len(seen) > OBJECTS:
                raise refuse(f"The file holds more than {OBJECTS:,} objects.", "too_large")
            for name in list(group.keys()):
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise refuse("The file points to another file (an external link).", "external_link")
                if not isinstance(link, h5py.HardLink):
                    continue
                thing = group.get(name)
                if isinstance(thing, h5py.Group):
                    waiting.append(thing)
                elif isinstance(thing, h5py.Dataset):
                    _dataset(thing, str(name), most, block)


def _dataset(thing: Any, name: str, most: int, block: int) -> None:
    import h5py

    if thing.external or thing.is_virtual:
        raise refuse(f"'{name[:40]}' lies in another file.", "external_link")
    record = thing.id.get_create_plist()
    for at in range(record.get_nfilters()):
        if record.get_filter(at)[0] not in FILTERS:
            raise refuse(f"'{name[:40]}' is packed by a plug-in.", "filter", "Write it with deflate.")
    if thing.shape is None:
        return
    kind = thing.id.get_type()
    if isinstance(kind, h5py.h5t.TypeVlenID) or kind.get_class() == h5py.h5t.VLEN or thing.dtype.kind in "OV":
        if math.prod(thing.shape) > _TEXTS:
            raise refuse(f"'{name[:40]}' is a long list of objects.", "dtype")
        return
    sized(name, thing.shape, thing.dtype.itemsize, thing.chunks, most, block)


def zarr(path: str, most: int, block: int) -> None:
    """Check every metadata file of a Zarr folder: plain numbers, known codecs, nothing huge."""
    count = 0
    for folder, folders, files in os.walk(path, followlinks=False):
        for name in (*folders, *files):
            if os.path.islink(os.path.join(folder, name)):
                raise refuse("The Zarr folder holds links.", "outside_root", "Copy it with the files themselves.")
        if any(not stat.S_ISREG(os.lstat(os.path.join(folder, name)).st_mode) for name in files):
            raise refuse("The Zarr folder holds devices or pipes.", "not_regular", "Copy it with plain files.")
        for name in files:
            if name in ("zarr.json", ".zarray"):
                count += 1
                if count > OBJECTS:
                    raise refuse(f"The folder holds more than {OBJECTS:,} arrays.", "too_large")
                _array(_metadata(Path(folder) / name), Path(folder).name, name == ".zarray", most, block)


def _metadata(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _METADATA:
        raise refuse("The metadata of the Zarr folder are too long.", "too_large")
    try:
        said = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise refuse("The metadata of the Zarr folder cannot be read.", "corrupt", "Copy it again.") from error
    if not isinstance(said, dict):
        raise refuse("The metadata of the Zarr folder are none.", "corrupt", "Copy it again.")
    return said


def _array(said: dict[str, Any], name: str, second: bool, most: int, block: int) -> None:
    if not second and said.get("node_type") != "array":
        return
    try:
        shape = [int(size) for size in said["shape"]]
        if second:
            kind, chunks = said["dtype"], [int(size) for size in said["chunks"]]
            packing = [*(said.get("filters") or []), *([said["compressor"]] if said.get("compressor") else [])]
            strange = [str(one["id"]) for one in packing if one["id"] not in {*COMPRESSORS, "shuffle", "vlen-utf8"}]
            text = kind == "|O" and any(one["id"] == "vlen-utf8" for one in packing)
        else:
            data_type = said["data_type"]
            kind = data_type if isinstance(data_type, str) else str(data_type["name"])
            chunks = [int(size) for size in said["chunk_grid"]["configuration"]["chunk_shape"]]
            strange = _strange(said["codecs"])
            text = kind in ("string", "fixed_length_utf32", "fixed_length_ascii", "null_terminated_bytes")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise refuse(f"The metadata of '{name[:40]}' are incomplete.", "corrupt", "Copy it again.") from error
    if strange:
        raise refuse(f"'{name[:40]}' is packed by '{strange[0][:40]}'.", "filter", "Write it with zstd or gzip.")
    if text and math.prod(shape) <= _TEXTS and math.prod(chunks) <= 10 * _TEXTS:
        return
    sized(name, shape, _itemsize(kind, name), chunks, most, block)
    pieces = math.prod(-(-size // max(1, piece)) for size, piece in zip(shape, chunks, strict=False))
    if pieces > CHUNKS:
        raise refuse(f"'{name[:40]}' lies in {pieces:,} chunks.", "too_large", "Write it in larger chunks.")


def _strange(codecs: Any) -> list[str]:
    found = []
    for one in codecs:
        if one["name"] not in CODECS:
            found.append(str(one["name"]))
        inner = one.get("configuration") or {}
        found += _strange(inner.get("codecs", [])) + _strange(inner.get("index_codecs", []))
    return found


def _itemsize(kind: Any, name: str) -> int:
    """Bytes of one plain number; anything else is refused."""
    import numpy as np

    try:
        found = np.dtype(kind)
    except TypeError as error:
        raise refuse(f"'{name[:40]}' holds {str(kind)[:40]}, not plain numbers.", "dtype") from error
    if found.kind not in "biufUSmM":
        raise refuse(f"'{name[:40]}' holds {str(kind)[:40]}, not plain numbers.", "dtype")
    return int(found.itemsize)
