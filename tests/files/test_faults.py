"""Section D of the faults: each row is one typed error, at once, without reading what it should not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest
import rasterio
from PIL import Image

from eodash.errors import EodashError, RasterError
from eodash.fetch import fetch
from eodash.files import understand
from tests.files import bad_zarrs as zarrs
from tests.files.written import envi, image, own_cube, tif, write

VRT = """<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="Byte" band="1" {more}>
{source}</VRTRasterBand></VRTDataset>"""
RAW = "<SourceFilename relativeToVRT='0'>/etc/passwd</SourceFilename><ImageOffset>0</ImageOffset>"


def raw_vrt(root: Path) -> None:
    (root / "x.tif").write_text(VRT.format(more='subClass="VRTRawRasterBand"', source=RAW))


def simple_vrt(root: Path) -> None:
    source = "<SimpleSource><SourceFilename>/etc/passwd</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
    (root / "x.tif").write_text(VRT.format(more="", source=source))


def wms(root: Path) -> None:
    (root / "x.tif").write_text(
        "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1/</ServerUrl></Service></GDAL_WMS>"
    )


def stacit(root: Path) -> None:
    (root / "x.tif").write_text('{"type": "FeatureCollection", "features": [], "stac_version": "1.0.0"}')


def vrt_with_a_mark(root: Path) -> None:
    (root / "x.tif").write_bytes(b"\xef\xbb\xbf\n  " + VRT.format(more="", source="").encode())


def text(root: Path) -> None:
    (root / "x.tif").write_text("no picture at all")


def sparse_bomb(root: Path) -> None:
    """120,000 × 120,000 pixels in a few kilobytes."""
    options = {"driver": "GTiff", "height": 120_000, "width": 120_000, "count": 1, "dtype": "uint8"}
    with rasterio.open(root / "x.tif", "w", **options, SPARSE_OK=True, tiled=True, blockxsize=4096, blockysize=4096):
        pass


def one_huge_block(root: Path) -> None:
    options = {"driver": "GTiff", "height": 12_000, "width": 12_000, "count": 1, "dtype": "uint8"}
    with rasterio.open(root / "x.tif", "w", **options, SPARSE_OK=True, tiled=True, blockxsize=9008, blockysize=9008):
        pass


def empty(root: Path) -> None:
    (root / "x.tif").touch()


def hundred_bytes(root: Path) -> None:
    tif(root / "x.tif")
    os.truncate(root / "x.tif", 100)


def half(root: Path) -> None:
    values = np.random.default_rng(0).integers(0, 9000, (3, 200, 200)).astype("int16")
    tif(root / "x.tif", values, compress="deflate", tiled=True, blockxsize=64, blockysize=64)
    os.truncate(root / "x.tif", (root / "x.tif").stat().st_size // 2)


def flipped(root: Path) -> None:
    """4 kB in the middle turned over: a window elsewhere could still be read."""
    values = np.random.default_rng(0).integers(0, 9000, (3, 200, 200)).astype("int16")
    tif(root / "x.tif", values, compress="deflate", tiled=True, blockxsize=64, blockysize=64)
    whole = bytearray((root / "x.tif").read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 4096] = bytes(byte ^ 0xFF for byte in whole[middle : middle + 4096])
    (root / "x.tif").write_bytes(whole)


def half_png(root: Path) -> None:
    _half_picture(root / "x.png")


def half_jpeg(root: Path) -> None:
    _half_picture(root / "x.jpg")


def half_bmp(root: Path) -> None:
    _half_picture(root / "x.bmp")


def _half_picture(path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3)).astype("uint8")).save(path)
    os.truncate(path, path.stat().st_size // 2)


def short_raw(root: Path) -> None:
    envi(root / "x", image())
    os.truncate(root / "x", 300)


def external_link(root: Path) -> None:
    with h5py.File(root / "x.nc", "w") as file:
        file["red"] = np.zeros((2, 3, 4))
        file["secret"] = h5py.ExternalLink("/etc/passwd", "/")


def external_storage(root: Path) -> None:
    with h5py.File(root / "x.nc", "w") as file:
        file.create_dataset("red", (3, 4), "u1", external=[("/etc/passwd", 0, 12)])


def virtual_dataset(root: Path) -> None:
    layout = h5py.VirtualLayout((3, 4), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 4))
    with h5py.File(root / "x.nc", "w") as file:
        file.create_virtual_dataset("red", layout)


def billion_pixels(root: Path) -> None:
    with h5py.File(root / "x.nc", "w") as file:
        file.create_dataset("red", (10**9, 4), "f4", chunks=(1024, 4))


def huge_chunk(root: Path) -> None:
    with h5py.File(root / "x.nc", "w") as file:
        file.create_dataset("red", (9000, 9000), "u1", chunks=(9000, 9000))


def plugin(root: Path) -> None:
    """A filter number that only a plug-in could serve."""
    with h5py.File(root / "x.nc", "w") as file:
        space, kind = h5py.h5s.create_simple((64, 64)), h5py.h5t.NATIVE_INT16
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((64, 64))
        properties.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, (3,))
        h5py.h5d.create(file.id, b"red", kind, space, properties)


def no_hdf5_after_all(root: Path) -> None:
    (root / "x.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20)


def bomb_of_zeros(root: Path) -> None:
    with h5py.File(root / "x.nc", "w") as file:
        file.create_dataset("red", (40, 4000, 4000), "u1", chunks=(1, 4000, 4000), compression="gzip")


def other_projection(root: Path) -> None:
    tif(root / "2020-01-01.tif")
    tif(root / "2020-01-02.tif", crs="EPSG:32755")


def far_away(root: Path) -> None:
    tif(root / "2020-01-01.tif")
    tif(root / "2020-01-02.tif", transform=rasterio.Affine(10, 0, 906_000, 0, -10, 5_328_000))


def linked_out(root: Path) -> None:
    outside = root.parent / "outside.tif"
    tif(outside)
    (root / "x.tif").symlink_to(outside)


def pipe(root: Path) -> None:
    os.mkfifo(root / "x.tif")


def device(root: Path) -> None:
    (root / "x.tif").symlink_to("/dev/zero")


def header_elsewhere(root: Path) -> None:
    """A header that is a link to a file outside the data root."""
    envi(root / "x", image())
    (root / "x.HDR").rename(root.parent / "outside.hdr")
    (root / "x.HDR").symlink_to(root.parent / "outside.hdr")


def nonsense_interleave(root: Path) -> None:
    envi(root / "x", image())
    header = root / "x.HDR"
    header.write_text(header.read_text().replace("interleave = bsq", "interleave = nonsense"))


def name_of_half_letters(root: Path) -> None:
    tif(root / "x.tif")
    os.rename(root / "x.tif", os.fsencode(root) + b"/x\xff.tif")


def grid_of_atoms(root: Path) -> None:
    tif(root / "x.tif", transform=rasterio.Affine(1e-12, 0, 506_000, 0, -1e-12, 5_328_000))


def grid_of_no_map(root: Path) -> None:
    tif(root / "x.tif", crs="EPSG:4978")


def complex_numbers(root: Path) -> None:
    tif(root / "x.tif", image().astype("complex64"))


ROWS: list[tuple[Callable[[Path], None], set[str]]] = [
    (raw_vrt, {"driver_not_allowed"}),
    (simple_vrt, {"driver_not_allowed"}),
    (wms, {"driver_not_allowed"}),
    (stacit, {"driver_not_allowed"}),
    (vrt_with_a_mark, {"driver_not_allowed"}),
    (text, {"driver_not_allowed"}),
    (sparse_bomb, {"too_large"}),
    (one_huge_block, {"too_large"}),
    (empty, {"corrupt"}),
    (hundred_bytes, {"corrupt"}),
    (half, {"corrupt"}),
    (flipped, {"corrupt"}),
    (half_png, {"corrupt"}),
    (half_jpeg, {"corrupt"}),
    (half_bmp, {"corrupt"}),
    (short_raw, {"corrupt"}),
    (external_link, {"external_link"}),
    (external_storage, {"external_link"}),
    (virtual_dataset, {"external_link"}),
    (billion_pixels, {"too_large"}),
    (huge_chunk, {"too_large"}),
    (plugin, {"filter"}),
    (no_hdf5_after_all, {"corrupt"}),
    (bomb_of_zeros, {"too_large"}),
    (zarrs.zarr_objects, {"filter", "dtype"}),
    (zarrs.zarr_codec, {"filter"}),
    (zarrs.zarr_huge, {"too_large"}),
    (zarrs.zarr_chunk, {"too_large"}),
    (zarrs.zarr_link, {"outside_root"}),
    (other_projection, {"grid_mismatch"}),
    (far_away, {"grid_mismatch"}),
    (linked_out, {"outside_root", "empty"}),
    (pipe, {"not_regular", "empty"}),
    (device, {"outside_root", "empty"}),
    (complex_numbers, {"dtype"}),
    (header_elsewhere, {"outside_root"}),
    (nonsense_interleave, {"corrupt"}),
    (zarrs.zarr_pipe, {"not_regular"}),
    (zarrs.zarr_of_single_pixels, {"too_large"}),
    (name_of_half_letters, {"empty", "name"}),
    (grid_of_atoms, {"crs"}),
    (grid_of_no_map, {"crs"}),
]


@pytest.mark.parametrize(("make", "codes"), ROWS, ids=[make.__name__ for make, _ in ROWS])
def test_a_bad_file_is_one_typed_error(root, make: Callable[[Path], None], codes: set[str]) -> None:
    make(root)
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    with pytest.raises(RasterError) as raised:
        understand(".").request()
    assert raised.value.code in codes
    assert raised.value.advice
    assert "/etc" not in str(raised.value)
    assert "Traceback" not in str(raised.value)
    assert time.monotonic() - began < 30
    assert psutil.Process().memory_info().rss - before < 50 * 2**20


@pytest.mark.parametrize("seed", range(15))
def test_damage_anywhere_is_a_typed_error_or_numbers(root, seed: int) -> None:
    """Files cut and flipped at random: whatever comes, it is an EodashError or a cube, never a crash."""
    chance = np.random.default_rng(seed)
    makers = [
        lambda: tif(root / "x.tif", image(3, 40, 40), compress="deflate"),
        lambda: envi(root / "x", image()).with_name("x.HDR"),
        lambda: write(own_cube(), root / "x.nc"),
        lambda: write(own_cube().drop_attrs(), root / "x.nc", engine="scipy"),
        lambda: sorted(place for place in write(own_cube(), root / "x.zarr").rglob("*") if place.is_file())[seed],
    ]
    path = makers[seed % 5]()
    whole = bytearray(path.read_bytes())
    for _ in range(3):
        at = int(chance.integers(0, len(whole)))
        whole[at : at + 8] = chance.bytes(min(8, len(whole) - at))
    if seed % 3 == 0:
        whole = whole[: int(chance.integers(1, len(whole)))]
    path.write_bytes(whole)
    try:
        found = understand(".")
        if not found.refused:
            fetch(found.request())
    except EodashError as error:
        assert error.advice  # noqa: PT017 - either way is right
