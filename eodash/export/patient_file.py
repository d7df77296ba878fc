"""A file that never fails to the library that writes it: HDF5 takes the process down when a disk is full."""

from __future__ import annotations

import io
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class PatientFile(io.RawIOBase):
    """Remembers the first refusal of the disk, keeps what came after it in memory, and says so at the end.

    Ask `check` between pieces, so that little comes after it.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("x+b", buffering=0)
        self._after: list[tuple[int, bytes]] = []
        self._place = 0
        self.refusal: OSError | None = None

    def check(self) -> None:
        """Raise what the disk said, if it said no."""
        if self.refusal is not None:
            raise self.refusal

    def write(self, data: Any) -> int:
        piece = bytes(data)
        if self.refusal is None:
            try:
                self._file.seek(self._place)
                done = 0
                while done < len(piece):
                    done += self._file.write(piece[done:]) or 0
            except OSError as error:
                self.refusal = error
        if self.refusal is not None:
            self._after.append((self._place, piece))
        self._place += len(piece)
        return len(piece)

    def readinto(self, buffer: Any) -> int:
        """What was written, on the disk or after its refusal."""
        view = memoryview(buffer).cast("B")
        self._file.seek(self._place)
        read = self._file.read(len(view)) or b""
        view[: len(read)] = read
        view[len(read) :] = bytes(len(view) - len(read))
        for at, piece in self._after:
            first, last = max(at, self._place), min(at + len(piece), self._place + len(view))
            if first < last:
                view[first - self._place : last - self._place] = piece[first - at : last - at]
        self._place += len(view)
        return len(view)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = start + place
        return self._place

    @property
    def _length(self) -> int:
        return max([self._file.seek(0, io.SEEK_END), *(at + len(piece) for at, piece in self._after)])

    def tell(self) -> int:
        return self._place

    def truncate(self, size: int | None = None) -> int:
        length = self._place if size is None else size
        if self.refusal is None:
            try:
                self._file.truncate(length)
            except OSError as error:
                self.refusal = error
        return length

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None:
            self.check()
