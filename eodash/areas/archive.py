"""A zip file, judged by its names and sizes before anything is unpacked; nothing is ever unpacked onto the disk."""

from __future__ import annotations

import copy
import io
import re
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from eodash.errors import AoiError

MEMBERS = 1000
TOTAL = 50 * 10**6
"""Bytes of all members, unpacked."""
RATIO = 100
SMALL = 2**20
"""Bytes: a member up to here may be mostly blanks, as tables are."""

_DRIVE = re.compile(r"[A-Za-z]:")
_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)


class Archive:
    """The members that can matter, by path; the rest of the allowance shrinks as they are read."""

    def __init__(self, data: bytes) -> None:
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
            members = self._file.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError) as error:
            raise not_zip() from error
        _check_names(members)
        _check_sizes(members)
        self._left = TOTAL
        self.members = {info.filename: info for info in members if not info.is_dir() and not _hidden(info.filename)}

    def ending(self, suffix: str) -> list[str]:
        """The members with an ending, in any case."""
        return [name for name in self.members if name.lower().endswith(suffix)]

    def beside(self, name: str, suffix: str) -> str | None:
        """The member that is called the same but for its ending."""
        wanted = (name.rpartition(".")[0] + suffix).lower()
        return next((other for other in self.members if other.lower() == wanted), None)

    def read(self, name: str) -> bytes:
        """A member, unpacked no further than allowed, whatever its header says."""
        said = self.members[name]
        content = self.start(name, self._left + 1)
        if len(content) > min(self._left, said.file_size):
            raise too_big("It holds more than it says.")
        if len(content) < said.file_size:
            raise not_zip()
        self._left -= len(content)
        return content

    def start(self, name: str, size: int) -> bytes:
        """The first bytes of a member."""
        said = self.members[name]
        if said.flag_bits & 0x1:
            raise AoiError("The zip file is encrypted.", "Zip it again without a password.", code="zip_encrypted")
        if said.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise AoiError(
                "The zip file is packed in an unusual way.", "Zip it again with the usual method.", code="not_zip"
            )
        bounded = copy.copy(said)
        bounded.file_size = 2**40  # so that reading goes on past a size that is too small
        try:
            with self._file.open(bounded) as member:
                return member.read(size)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise not_zip() from error


def _check_names(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBERS:
        raise too_big(f"It holds {len(members):,} files; {MEMBERS:,} are allowed.")
    seen: set[str] = set()
    for info in members:
        name = info.orig_filename.replace("\\", "/")
        why = (
            "an absolute path" if name.startswith("/") or _DRIVE.match(name)
            else "a path that leaves the folder" if ".." in PurePosixPath(name).parts
            else "a name with a NUL" if "\0" in name
            else "a link or a device" if stat.S_IFMT(info.external_attr >> 16) not in _KINDS
            else "a name that stands twice" if name in seen
            else ""
        )  # fmt: skip
        if why:
            raise AoiError(
                f"The zip file holds {why}, which is not taken.",
                "Zip only the files of the shapefile or KML, without folders and links.",
                code="zip_unsafe",
            )
        seen.add(name)


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in members)
    packed = sum(info.compress_size for info in members)
    if total > TOTAL:
        raise too_big(f"Unpacked it has {total / 1e6:,.0f} MB; {TOTAL / 1e6:.0f} are allowed.")
    dense = any(info.file_size > max(SMALL, RATIO * info.compress_size) for info in members)
    if dense or total > RATIO * max(packed, 1):
        raise too_big(f"It is packed more than {RATIO} times as dense as it should be.")


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or parts[0] == "__MACOSX" or parts[-1].startswith(".")


def too_big(why: str) -> AoiError:
    return AoiError(
        f"The zip file is too big. {why}", "Zip only the one shapefile or KML you need.", code="zip_too_big"
    )


def not_zip() -> AoiError:
    return AoiError("The zip file is damaged.", "Zip the files again.", code="not_zip")
