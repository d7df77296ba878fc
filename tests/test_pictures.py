"""The pictures that are committed show the world as it is made now."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eodash.ui.navigation import ROOT
from eodash.world import REGIONS

KEPT = ROOT / "eodash/ui/assets/regions"


def load() -> object:
    loader = importlib.machinery.SourceFileLoader("pictures", str(ROOT / "scripts/pictures"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("pictures", loader))
    loader.exec_module(module)
    return module


def test_start_page_and_demo_map_show_the_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = load()
    monkeypatch.setattr(pictures, "OUT", tmp_path)
    pictures.main()  # type: ignore[attr-defined]
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in KEPT.iterdir())
    assert {f"{name}-map.webp" for name in REGIONS} <= set(made)
    for name in made:
        now, kept = (np.asarray(Image.open(folder / name).convert("RGB"), float) for folder in (tmp_path, KEPT))
        assert now.shape == kept.shape
        assert np.abs(now - kept).mean() < 4, f"{name}: run scripts/pictures"
