"""Work that a page waits for without blocking: asked once, kept until newer questions push it out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_pool = ThreadPoolExecutor(4, "eodash-background")


class Background(Generic[Asked, Answer]):
    """A function whose answers come as futures; failures are kept, too, until they are forgotten."""

    def __init__(self, work: Callable[Asked, Answer], keep: int = 64) -> None:
        self._work = work
        self._keep = keep
        self._known: dict[object, Future[Answer]] = {}
        self._lock = Lock()

    def __call__(self, *asked: Asked.args, **more: Asked.kwargs) -> Future[Answer]:
        with self._lock:
            future = self._known.get(asked)
            if future is None:
                while len(self._known) >= self._keep:
                    del self._known[next(iter(self._known))]
                future = self._known[asked] = _pool.submit(self._work, *asked, **more)
            return future

    def forget(self, *asked: object) -> None:
        with self._lock:
            self._known.pop(asked, None)
