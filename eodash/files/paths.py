"""Below the data root, and nowhere else: names → regular files and folders, never followed out of it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from eodash.errors import RasterError
from eodash.settings import settings

MOST_FILES = 12_000
"""Most files of one import: 400 dates of 30 bands."""
DEEPEST = 4
"""How many folders below the chosen one are looked into."""


def data_root() -> Path:
    """The folder below which files may be opened; a server without one opens none."""
    root = settings().data_root
    if root is None:
        raise RasterError(
            "This server opens no files.",
            "Set EODASH_DATA_ROOT to the folder below which files may be opened, and start it again.",
            code="no_root",
        )
    try:
        found = Path(root).resolve(strict=True)
    except OSError as error:
        raise RasterError(
            f"The data root is not there: {error.strerror}.", "Correct EODASH_DATA_ROOT.", code="no_root"
        ) from error
    if not found.is_dir():
        raise RasterError("The data root is not a folder.", "Correct EODASH_DATA_ROOT.", code="no_root")
    return found


def safe_path(root: Path, name: str | Path, folder: bool | None = False) -> Path:
    """The regular file (folder=True: folder; None: either) of a name, inside the root after resolving links."""
    text = str(name)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RasterError(f"The name '{shown(text)}' is no Unicode text.", "Give the file another name.", code="name")
    if "\0" in text or len(text) > 4096 or _climbs(text):
        raise _outside(text)
    top = root.resolve()
    try:
        found = (top / text).resolve(strict=True)
    except RuntimeError as error:  # a ring of links
        raise _outside(text) from error
    except OSError as error:
        if not (top / text).resolve().is_relative_to(top):
            raise _outside(text) from error
        raise RasterError(
            f"There is no '{shown(text)}' below the data root.", "Check the name.", code="not_found"
        ) from error
    if not found.is_relative_to(top):
        raise _outside(text)
    mode = found.stat().st_mode
    wanted = {False: stat.S_ISREG(mode), True: stat.S_ISDIR(mode), None: stat.S_ISREG(mode) or stat.S_ISDIR(mode)}
    if not wanted[folder]:
        what = "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "device or pipe"
        raise RasterError(
            f"'{shown(text)}' is a {what}, not a {'folder' if folder else 'regular file'}.",
            "Choose a file or folder that holds images.",
            code="not_regular",
        )
    return found


def shown(text: str) -> str:
    """A name that fits into a sentence."""
    clean = "".join(letter if letter.isprintable() else "�" for letter in str(text))
    return clean if len(clean) <= 80 else f"{clean[:50]}…{clean[-25:]}"


def _climbs(text: str) -> bool:
    """Whether a name, or what an escape in it stands for, goes upwards."""
    for _ in range(3):
        if ".." in text.replace("\\", "/").split("/"):
            return True
        text = unquote(text)
    return False


def _outside(text: str) -> RasterError:
    return RasterError(
        f"'{shown(text)}' does not lie below the data root.",
        "Choose something below the folder that EODASH_DATA_ROOT names; links must stay inside it, too.",
        code="outside_root",
    )


def below(root: Path, folder: Path, is_unit: Callable[[Path], bool]) -> tuple[list[str], list[str]]:
    """The files of a folder and the folders that are one unit, relative to the root; and what was refused."""
    found: list[str] = []
    left: list[str] = []
    seen: set[Path] = set()

    def walk(here: Path, depth: int) -> None:
        real = here.resolve()
        if real in seen:
            return
        seen.add(real)
        for entry in sorted(os.scandir(here), key=lambda entry: entry.name):
            if entry.name.startswith("."):
                continue
            name = os.path.relpath(entry.path, root)
            try:
                place = safe_path(root, name, None)
            except RasterError as error:
                left.append(f"{shown(entry.name)}: {error.message}")
                continue
            if place.is_dir() and not is_unit(place):
                if depth < DEEPEST:
                    walk(Path(entry.path), depth + 1)
            else:
                found.append(name)
            if len(found) > MOST_FILES:
                raise RasterError(
                    f"More than {MOST_FILES:,} files lie there.", "Choose a smaller folder.", code="too_many"
                )

    try:
        walk(folder, 0)
    except OSError as error:
        raise RasterError(
            f"The folder cannot be read: {error.strerror}.", "Check its permissions.", code="unreadable"
        ) from error
    return found, left


def head(path: Path, size: int = 1024) -> bytes:
    """The first bytes of a regular file; a pipe that took its place meanwhile is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise RasterError(f"'{shown(path.name)}' is no regular file.", "Choose a file.", code="not_regular")
            return file.read(size)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> RasterError:
    return RasterError(
        f"'{shown(path.name)}' cannot be read: {error.strerror}.", "Check its permissions.", code="unreadable"
    )


@dataclass(frozen=True)
class Print:
    """What tells one state of a file from another."""

    bytes: int
    sha256: str


def fingerprint(path: Path) -> Print:
    """Size and checksum of a file, or of everything in a folder."""
    try:
        if path.is_dir():
            inner = [place for place in sorted(path.rglob("*")) if place.is_file()][: 10 * MOST_FILES]
            if any(place.is_symlink() for place in path.rglob("*")):
                raise _outside(f"{path.name}, a folder that holds links")
            every = [(place.relative_to(path).as_posix(), _print(place)) for place in inner]
            whole = hashlib.sha256("".join(f"{name}{one.sha256}" for name, one in every).encode())
            return Print(sum(one.bytes for _, one in every), whole.hexdigest()[:32])
        return _print(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _print(path: Path) -> Print:
    said = path.stat()
    return _hashed(path, said.st_size, said.st_mtime_ns, said.st_ino)


@lru_cache(maxsize=200_000)
def _hashed(path: Path, size: int, changed: int, number: int) -> Print:
    """Remembered as long as the file system says that nothing has changed."""
    if size > 4 * settings().raster_mib * 2**20:  # a raster this large is refused by its header anyway
        return Print(size, hashlib.sha256(head(path, 65_536)).hexdigest()[:32])
    with path.open("rb") as file:
        return Print(size, hashlib.file_digest(file, "sha256").hexdigest()[:32])
