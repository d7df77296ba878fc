"""A whole file or none: written into a folder of its own beside its place, synced, then renamed."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rasterio.errors import RasterioError

from eodash.errors import StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def saving(out: Path, force: bool = False) -> Iterator[Path]:
    """The path to write to; what lies there becomes `out` when the block ends well, and is removed when it does not.

    The folder around that path may hold whatever is needed on the way.
    """
    _free(out, force)
    beside = out.parent / f".eodash-{secrets.token_hex(6)}.part"
    try:
        beside.mkdir(mode=0o700)
        made = beside / out.name
        yield made
        _sync(made)
        _settle(made, out, force)
        _sync_folder(out.parent)
    except (OSError, RasterioError) as error:
        raise refused(out, error, _is_full(beside)) from error
    except StorageError as error:
        raise (refused(out, error, True) if error.code == "io" and _is_full(beside) else error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def refused(out: Path, error: BaseException, no_room: bool = False) -> StorageError:
    """What a disk said, as one sentence; libraries keep the number of the error in their text alone."""
    number, said = getattr(error, "errno", None), str(error)
    details = {"cause": said[:300]}
    if isinstance(error, FileExistsError) or number == errno.ENOTEMPTY:
        return exists(out)
    if number in _FULL or any(os.strerror(code) in said for code in _FULL) or no_room:
        return StorageError(
            f"There is no room for {out.name}: the disk is full.",
            "Free some space, or name another place.",
            code="full",
            retryable=True,
            details=details,
        )
    if number in _READ_ONLY or any(os.strerror(code) in said for code in _READ_ONLY):
        return StorageError(
            f"{out.parent} cannot be written.", "Name a folder of your own.", code="readonly", details=details
        )
    return StorageError(
        f"{out.name} could not be written.",
        "Check that the disk is not full, or name another place.",
        code="io",
        retryable=True,
        details=details,
    )


def exists(out: Path) -> StorageError:
    return StorageError(f"{out} exists already.", "Name another place, or replace it with --force.", code="exists")


def _free(out: Path, force: bool) -> None:
    """Raise unless something may be written to a place."""
    if not out.parent.is_dir():
        raise StorageError(f"There is no folder {out.parent}.", "Make it first, or name another.", code="no_folder")
    if not os.path.lexists(out):
        return
    if not force:
        raise exists(out)
    if out.is_dir() and not out.is_symlink() and not _ours(out):
        raise StorageError(
            f"{out} is a folder that was not exported from here.",
            "Only a file, a Zarr folder or a folder of GeoTIFFs is replaced; remove it yourself.",
            code="exists",
        )


def _ours(folder: Path) -> bool:
    """Whether a folder looks like an export, so that --force cannot sweep somebody's home away."""
    names = [entry.name for entry in folder.iterdir()]
    return not names or not {"zarr.json", ".zgroup"}.isdisjoint(names) or all(name.endswith(".tif") for name in names)


def _settle(made: Path, out: Path, force: bool) -> None:
    if force and os.path.lexists(out):
        before = made.parent / "before"
        out.rename(before)
        try:
            made.rename(out)
        except OSError:
            before.rename(out)
            raise
    elif made.is_dir():
        made.rename(out)
    else:
        try:
            os.link(made, out)  # unlike a rename, it refuses a file that somebody has put there meanwhile
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            made.rename(out)


def _sync(path: Path) -> None:
    """A file or everything below a folder, on the disk."""
    if path.is_dir():
        for entry in path.iterdir():
            _sync(entry)
        _sync_folder(path)
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_full(folder: Path) -> bool:
    """Whether a little more than was written would not go in: GDAL keeps the disk's own word to itself."""
    try:
        largest = max((file.stat().st_size for file in folder.rglob("*") if file.is_file()), default=0)
        with (folder / "probe").open("xb") as probe:
            os.posix_fallocate(probe.fileno(), 0, largest + 2**20)
    except OSError as error:
        return error.errno in _FULL
    return False
