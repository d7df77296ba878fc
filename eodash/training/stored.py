"""Results of long comparisons, kept as each is finished: who starts again goes on from there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eodash.errors import StorageError
from eodash.export.saving import refused


class Cells:
    """Results by name in one JSON file; without a file they live as long as this does."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.held: dict[str, Any] = {}
        if path is not None and path.is_file():
            try:
                said = json.loads(path.read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise StorageError(
                    f"{path} holds no results that can be read.", "Remove it to begin anew.", code="corrupt"
                ) from error
            self.held = dict(said)

    def __contains__(self, name: str) -> bool:
        return name in self.held

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """The result of that name, made now if it is not there."""
        if name not in self.held:
            self.held[name] = make()
            if self.path is not None:
                write(self.path, self.held)
        return self.held[name]


def write(path: Path, said: Any) -> None:
    """A JSON file that is there as a whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        temporary.write_text(json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False), "utf-8")
        temporary.replace(path)
    except OSError as error:
        raise refused(path, error) from error
