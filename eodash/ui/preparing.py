"""The preparation of the session's run: read from its view, kept in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eodash.preparation import Preparation
from eodash.ui import cached, choices


def preparation() -> Preparation:
    """What is done to the series on the screen."""
    opened = choices.run()
    return cached.preparation(opened) if opened is not None else Preparation()


def keep(**changes: Any) -> None:
    """Change the dates chosen, the corrections or the chain; kept with the run and with its link."""
    choices.keep_view(preparation=replace(preparation(), **changes).to_json())
