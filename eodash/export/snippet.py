"""The same in Python: a few lines that fetch and prepare the same cube."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eodash import __version__
from eodash.request import Request

if TYPE_CHECKING:
    from eodash.preparation import Preparation

ALONE = ("area", "bands", "recipe")
"""What is long and gets a line of its own."""
NEEDS = {
    "files": "  # EODASH_DATA_ROOT must name the folder of the files",
}


def snippet(request: Request, preparation: Preparation | None = None) -> str:
    """At most 15 lines that run as they are, wherever eodash is installed and its settings are the same."""
    prepared = preparation.to_json() if preparation else {}
    said = request.to_json()
    alone = [name for name in ALONE if name in said]
    together = [name for name in said if name not in alone]
    asked = [
        f"    {', '.join(f'{name!r}: {said[name]!r}' for name in names)},"
        for names in (*((name,) for name in alone), together)
    ]
    lines = [
        f"# eodash {__version__}",
        "from eodash.fetch import fetch",
        *(["from eodash.preparation import Preparation, prepare"] if prepared else []),
        "from eodash.request import Request",
        "",
        "request = Request.from_json({" + NEEDS.get(request.source, ""),
        *asked,
        "})",
    ]
    if prepared:
        lines.append(f"cube = prepare(fetch(request).cube, Preparation.from_json({prepared!r}))")
    else:
        lines.append("cube = fetch(request).cube")
    return "\n".join(lines) + "\n"
