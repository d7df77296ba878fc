"""Landlock: a process forbids itself every file but those beneath some paths, and TCP.

The system calls have the same numbers on every architecture; structures as in linux/landlock.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys

WITH_NETWORK, WITH_SCOPES = 4, 6
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""Rights over files that each version knows; from 5 on there are 16."""
_BIND_AND_CONNECT = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3
_PATH_BENEATH = 1

SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache")
DEVICES = ("/etc/localtime", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo")


def version(library: ctypes.CDLL) -> int:
    """The version that the kernel offers; 0 is none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(library.syscall(_CREATE, None, ctypes.c_size_t(0), 1)))


def restrict(library: ctypes.CDLL, readable: list[str]) -> int:
    """Allow reading beneath the interpreter, the libraries and `readable`, and nothing else; the version, or 0."""
    offered = version(library)
    if not offered:
        return 0
    files = (1 << _RIGHTS.get(offered, 16)) - 1
    network = _BIND_AND_CONNECT if offered >= WITH_NETWORK else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if offered >= WITH_SCOPES else 0
    fields = struct.pack("=QQQ", files, network, scopes)[: 24 if scopes else 16 if network else 8]
    ruleset = int(library.syscall(_CREATE, fields, ctypes.c_size_t(len(fields)), 0))
    if ruleset < 0:
        return 0
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for path in (sys.prefix, sys.base_prefix, package, *SYSTEM, *DEVICES, *readable):
        with contextlib.suppress(OSError):  # what does not exist needs no permission
            _allow(library, ruleset, path)
    done = library.syscall(_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return offered if done else 0


def _allow(library: ctypes.CDLL, ruleset: int, path: str) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE
        library.syscall(_ADD, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)
