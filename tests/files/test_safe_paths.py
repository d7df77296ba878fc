"""Names and recipes lead nowhere but below the data root, and say so at once."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from eodash.errors import RasterError
from eodash.fetch import fetch
from eodash.files import understand
from eodash.files.paths import safe_path
from eodash.settings import settings
from tests.files.written import image, read, tif


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../secret.tif", "outside_root"),
        ("..%2fsecret.tif", "outside_root"),
        ("%2e%2e%2fsecret.tif", "outside_root"),
        ("%252e%252e/secret.tif", "outside_root"),
        ("sub/../../secret.tif", "outside_root"),
        ("/etc/passwd", "outside_root"),
        ("/dev/zero", "outside_root"),
        ("out.tif", "outside_root"),
        ("ring", "outside_root"),
        ("a\0b", "outside_root"),
        ("x" * 5000, "outside_root"),
        ("pipe", "not_regular"),
        ("nothing.tif", "not_found"),
        ("/vsicurl/http://127.0.0.1/x.tif", "outside_root"),
        ("vrt://x.tif", "not_found"),
    ],
)
def test_a_name_stays_below_the_root(root, name: str, code: str) -> None:
    (root.parent / "secret.tif").write_bytes(b"II*\0")
    (root / "out.tif").symlink_to(root.parent / "secret.tif")
    (root / "ring").symlink_to(root / "ring")
    os.mkfifo(root / "pipe")
    with pytest.raises(RasterError) as raised:
        understand(name)
    assert raised.value.code == code


def test_a_folder_is_no_file_and_a_file_no_folder(root) -> None:
    (root / "folder").mkdir()
    (root / "file").touch()
    assert safe_path(root, "folder", True).is_dir()
    for name, folder in (("folder", False), ("file", True)):
        with pytest.raises(RasterError, match=name) as raised:
            safe_path(root, name, folder)
        assert raised.value.code == "not_regular"


def test_without_a_data_root_nothing_opens(root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EODASH_DATA_ROOT")
    settings.cache_clear()
    with pytest.raises(RasterError) as raised:
        understand(".")
    assert raised.value.code == "no_root"
    assert "EODASH_DATA_ROOT" in raised.value.advice


def test_html_in_names_and_tags_is_text(root) -> None:
    tif(
        root / "2020-01-01.tif",
        image(2),
        {"SENSOR": "<img src=x onerror=alert(1)>"},
        descriptions=("<b>red</b>", "nir"),
    )
    found, cube = read(".")
    assert found.sensor.names == ("<b>red</b>", "nir")  # shown through html.escape, never cleaned in silence
    assert cube.band.values.tolist() == ["<b>red</b>", "nir"]


def test_a_file_that_vanished_or_changed_after_the_import_is_said(root) -> None:
    tif(root / "2020-01-01.tif")
    tif(root / "2020-01-02.tif")
    request = understand(".").request()
    (root / "2020-01-02.tif").rename(root / "elsewhere.tif")
    with pytest.raises(RasterError, match="vanished") as raised:
        fetch(request)
    assert raised.value.code == "vanished"
    tif(root / "2020-01-02.tif", image(start=9))
    with pytest.raises(RasterError, match="changed") as raised:
        fetch(request)
    assert raised.value.code == "changed"


@pytest.mark.parametrize("recipe", ["", "{}", "[]", "null", "9" * 5000, '{"version":1}', "[" * 100_000])
def test_a_made_up_recipe_is_refused(root, recipe: str) -> None:
    tif(root / "2020-01-01.tif")
    request = understand(".").request()
    with pytest.raises(RasterError) as raised:
        fetch(replace(request, recipe=recipe))
    assert raised.value.code == "recipe"


@pytest.mark.parametrize("name", ["../outside.tif", "/etc/passwd", "..%2foutside.tif"])
def test_a_recipe_cannot_lead_out_of_the_root(root, name: str) -> None:
    tif(root / "2020-01-01.tif")
    tif(root.parent / "outside.tif")
    request = understand(".").request()
    with pytest.raises(RasterError) as raised:
        fetch(replace(request, recipe=request.recipe.replace("2020-01-01.tif", name)))
    assert raised.value.code == "outside_root"
