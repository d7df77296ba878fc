"""What a map needs beside its cube: a process of its own streams 512² × 45 × 10 numbers from the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from eodash.bench import Row, row
from eodash.errors import ComputeError

SIDE, LINES = 512, 8
"""Pixels along a side, lines of a tile."""
EVERY = 0.005
LIMIT = 600.0


def rows() -> list[Row]:
    """The peak above what the process held with the network loaded, before it looked at a pixel."""
    with tempfile.TemporaryDirectory(prefix="eodash-bench-") as scratch:
        path = Path(scratch) / "cube.npy"
        _write(path)
        said = subprocess.run(
            [sys.executable, "-m", "eodash.bench.memory", str(path)],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
    if said.returncode:
        raise ComputeError("The map for the memory broke off.", said.stderr[-500:], code="broken")
    peak, result, seconds = (float(word) for word in said.stdout.split()[-3:])
    note = f"{SIDE}² × 45 × 10 in {seconds:.0f} s; {result:.0f} MB of it are the map of all dates"
    return [row("models", "early LSTM: memory above the cube", peak, "MB", 150.0, note)]


def _write(path: Path) -> None:
    from eodash.bench.pixel_work import BANDS, DATES, cube

    strip = cube(SIDE * LINES).reshape(DATES, BANDS, LINES, SIDE)
    whole = np.lib.format.open_memmap(path, "w+", np.int16, (DATES, BANDS, SIDE, SIDE))  # type: ignore[no-untyped-call]
    for line in range(0, SIDE, LINES):
        whole[:, :, line : line + LINES] = strip
    whole.flush()


def _resident() -> float:
    """MB of this process that no file stands behind."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon")) / 1e6


def _stream(path: str) -> None:
    import torch

    from eodash.bench.pixel_work import DATES, QUICK, WORKS, card_of, mapped, network_of

    torch.set_num_threads(1)
    work = WORKS["early LSTM"]
    card, network = card_of(work), network_of(work)
    whole = np.load(path, mmap_mode="r")
    before = peak = _resident()
    over = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(EVERY):
            peak = max(peak, _resident())

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    began = time.perf_counter()
    found: dict[str, np.ndarray] = {}
    for line in range(0, SIDE, LINES):
        tile = np.ascontiguousarray(whole[:, :, line : line + LINES]).reshape(*whole.shape[:2], 1, -1)
        for name, part in mapped(network, card, tile, QUICK, range(DATES)).items():
            if name not in found:
                found[name] = np.zeros((*part.shape[:-2], SIDE * SIDE), part.dtype)
            found[name][..., line * SIDE : line * SIDE + part.shape[-1]] = part[..., 0, :]
    over.set()
    watching.join()
    kept = sum(each.nbytes for each in found.values()) / 1e6
    print(max(peak, _resident()) - before, kept, time.perf_counter() - began)


if __name__ == "__main__":
    _stream(sys.argv[1])
