"""What the sandbox does: name → module:function, a plain function of (arguments, data) → (said, arrays)."""

from __future__ import annotations

TASKS = {
    "isolation": "eodash.sandbox.cage:isolation",
    "area.zip": "eodash.areas.zipped:read",
    "area.geopackage": "eodash.areas.geopackage:read",
    "files.describe_raster": "eodash.files.rasters:describe",
    "files.read": "eodash.files.several:read",
    "files.describe_arrays": "eodash.files.arrays:describe",
    "labels.zip": "eodash.truth.attributes:zipped",
    "labels.geopackage": "eodash.truth.attributes:geopackage",
    "model.examine": "eodash.backend.examine:examine",
    "model.outside": "eodash.backend.answering:outside",
    "change.learn": "eodash.backend.learning_child:answer",
}
