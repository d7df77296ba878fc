"""When memory runs out: half the series at a time, down to one; then the CPU; then an error that says so."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from eodash.backend.device import PLAIN, Policy
from eodash.errors import ComputeError

Notice = Callable[[str], None]
FULL = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
LOST = ("cuda error", "cudnn_status", "cublas_status", "no cuda gpus", "mps backend")
_log = logging.getLogger(__name__)


def logged(notice: str) -> None:
    """Where notices go when nobody asks for them."""
    _log.warning(notice)


def gently(policy: Policy, work: Callable[[Policy], Iterator[None]], on_notice: Notice = logged) -> None:
    """Run `work`, again with fewer series at a time where memory runs out; it goes on from where it had come to."""
    while True:
        try:
            for _ in work(policy):
                pass
            return
        except (MemoryError, RuntimeError) as error:
            trouble = trouble_of(error)
            if not trouble:
                raise
        # outside of the handler: the traceback held on to every tensor that was in use
        policy = _smaller(policy, trouble, on_notice)


def trouble_of(error: BaseException) -> str:
    """ "full", "lost", or "" for an error that is no matter of memory or device."""
    said = str(error).lower()
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(each in said for each in FULL):
        return "full"
    return "lost" if isinstance(error, torch.AcceleratorError) or any(each in said for each in LOST) else ""


def _smaller(policy: Policy, trouble: str, on_notice: Notice) -> Policy:
    """What to try next."""
    _free(policy, trouble)
    if trouble == "full" and policy.size > 1:
        return replace(policy, size=policy.size // 2)
    if policy.device != "cpu":
        why = "ran out of memory" if trouble == "full" else "does not answer"
        on_notice(f"{policy.device} {why}: the processor goes on, more slowly.")
        return PLAIN
    raise ComputeError(
        "There is not enough memory for a single series." if trouble == "full" else "The device broke off.",
        "Try again when less is running, or choose a smaller model or fewer dates.",
        code="out_of_memory" if trouble == "full" else "device_lost",
        retryable=True,
    )


def _free(policy: Policy, trouble: str) -> None:
    gc.collect()
    if trouble == "full" and policy.device.startswith("cuda") and torch.cuda.is_available():
        torch.cuda.empty_cache()
