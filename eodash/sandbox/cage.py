"""What a child takes from itself before it reads anything foreign: memory, time, files, network, rights."""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from typing import Any

from eodash.sandbox import landlock

FILES = 256
"""Most files open at one time."""
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_CAPSET_VERSION = 0x20080522

_walls: list[str] = []


def enclose(memory: int, readable: list[str]) -> None:
    """Give up everything that reading a file does not need; what the kernel does not offer is left out."""
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, FILES)
    _walls[:] = ["its own process with limits of memory and time"]
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    no_network = library.unshare(_CLONE_NEWNET) == 0 or library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    _drop_capabilities(library)
    library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    version = landlock.restrict(library, readable)
    if version:
        _walls.append(f"only its own files readable and none writable (Landlock {version})")
    if no_network:
        _walls.append("no network")
    elif version >= landlock.WITH_NETWORK:
        _walls.append("no TCP")
    if not version:
        _walls.append("but this kernel has no Landlock: files are not fenced off")


def allow_time(seconds: float) -> None:
    """Processor seconds from now on; the one who waits for the answer counts those on the wall."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def isolation(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What keeps this process apart, in words."""
    return {"walls": list(_walls), "process": os.getpid()}, {}


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _drop_capabilities(library: ctypes.CDLL) -> None:
    """A server that runs as root does not lend that to a file's parser."""
    library.capset(struct.pack("=Ii", _CAPSET_VERSION, 0), bytes(24))
