"""The order of the bands, told from real series above the atmosphere (MarcCoru/phiweek19, CC BY 4.0)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from eodash.datasets.breizhcrops_table import ORDERS, looks_of, order_of
from eodash.errors import EodashError
from eodash.sensors import SENSORS
from tests.datasets.breizhcrops_folder import dates

FOLDER = os.environ.get("EODASH_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="EODASH_REAL_DATA does not name the folder of real data")


def test_the_order_of_the_bands_is_told_from_any_one_real_parcel():
    with np.load(Path(FOLDER) / "phiweek19" / "parcels.npz") as file:
        parcels = file["reflectance"].astype(float) * 1e4
    doa = dates(np.linspace(1, 360, parcels.shape[1]), 2018)
    to_numeric = [ORDERS["alphabetic"].index(name) for name in ORDERS["numeric"]]
    here = [ORDERS["numeric"].index(name.replace("B0", "B")) for name in SENSORS["sentinel-2-l1c"].names]
    for bands in parcels:
        for order, values in (("alphabetic", bands), ("numeric", bands[:, to_numeric])):
            table = np.column_stack([values, np.zeros((len(doa), 3)), doa])
            found, told = order_of([table], "l1c")
            assert not told
            np.testing.assert_allclose(looks_of(table, found)[0], bands[:, to_numeric][:, here] / 1e4, rtol=1e-5)
            other = {"alphabetic": "numeric", "numeric": "alphabetic"}[order]
            with pytest.raises(EodashError) as error:
                order_of([table], "l1c", other)
            assert error.value.name == "RasterError band_order"
