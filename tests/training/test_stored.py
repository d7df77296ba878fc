"""Results of long comparisons survive a broken run."""

from __future__ import annotations

from pathlib import Path

import pytest

from eodash.errors import StorageError
from eodash.training.stored import Cells, write


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cells.json"
    made: list[str] = []

    def make() -> dict[str, float]:
        made.append("one")
        return {"accuracy": 0.5}

    assert Cells(path).get("a", make) == {"accuracy": 0.5}
    again = Cells(path)
    assert "a" in again
    assert "b" not in again
    assert again.get("a", make) == {"accuracy": 0.5}
    assert made == ["one"]
    assert [file.name for file in path.parent.iterdir()] == ["cells.json"]


def test_a_cell_that_fails_leaves_the_others(tmp_path: Path) -> None:
    cells = Cells(tmp_path / "cells.json")
    cells.get("a", lambda: 1)
    with pytest.raises(ZeroDivisionError):
        cells.get("b", lambda: 1 // 0)
    assert Cells(tmp_path / "cells.json").held == {"a": 1}


def test_without_a_file_results_live_as_long_as_this() -> None:
    assert Cells(None).get("a", lambda: 1) == 1


def test_a_file_that_is_no_json_is_said(tmp_path: Path) -> None:
    (tmp_path / "cells.json").write_text("{half")
    with pytest.raises(StorageError) as error:
        Cells(tmp_path / "cells.json")
    assert error.value.code == "corrupt"


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write(tmp_path / "file" / "table.json", {})
