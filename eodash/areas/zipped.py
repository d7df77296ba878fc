"""A zip file → polygons of the shapefile in it, or the KML in it: a task of the sandbox."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from eodash.areas.apart import told
from eodash.areas.archive import Archive
from eodash.areas.found import Found
from eodash.errors import AoiError

if TYPE_CHECKING:
    import numpy as np

HEADER = 100


def read(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The polygons, in WGS 84; a KML is handed back as it is, for its own reader."""
    import numpy as np

    archive = Archive(data or b"")
    if archive.ending(".shp") or archive.ending(".shx") or archive.ending(".dbf"):
        return told(_shapefile(archive))
    if names := sorted(archive.ending(".kml"), key=lambda name: (name.count("/"), name.lower() != "doc.kml")):
        texts = [archive.read(name) for name in names]
        kml = next((text for text in texts if b"Polygon" in text.replace(b"\0", b"")), texts[0])
        return {}, {"kml": np.frombuffer(kml, "u1")}
    raise AoiError(
        "The zip file holds neither a shapefile nor a KML.",
        "Zip the .shp, .shx, .dbf and .prj of one shapefile together.",
        code="empty",
    )


def _shapefile(archive: Archive) -> Found:
    from eodash.areas import projected, shapefile

    name = _chosen(archive)
    found = Found()
    found.name = PurePosixPath(name).stem
    if archive.beside(name, ".shx") is None:
        raise _incomplete(".shx", "the index")
    projection = archive.beside(name, ".prj")
    shapefile.read(archive.read(name), found)
    if projection is None:
        projected.check_degrees(found, "The shapefile has no .prj")
        return found
    definition = archive.read(projection)[: projected.DEFINITION + 1].decode("utf-8-sig", "replace")
    projected.to_degrees(found, projected.system_of(definition.strip("\0 \r\n\t")))
    return found


def _chosen(archive: Archive) -> str:
    """The first shapefile with polygons; the first of all where none has any."""
    from eodash.areas.shapefile import has_polygons

    names = archive.ending(".shp")
    if not names:
        raise _incomplete(".shp", "the outlines")
    if len(names) == 1:
        return names[0]
    return next((name for name in names if has_polygons(archive.start(name, HEADER))), names[0])


def _incomplete(suffix: str, what: str) -> AoiError:
    return AoiError(
        f"The zip file has no {suffix}: {what} of the shapefile.",
        "Zip the .shp, .shx, .dbf and .prj of one shapefile together.",
        code="zip_incomplete",
    )
