"""What this browser has chosen: kept the moment it is chosen, so that a rerun, a page change or F5 loses nothing."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from eodash.errors import EodashError
from eodash.request import Area, Period, Request
from eodash.sources import sources
from eodash.sources.demo import demo_request
from eodash.store import Run
from eodash.ui import cached
from eodash.ui.routes import COOKIE


@dataclass(frozen=True)
class Draft:
    """The question being put together on the area page."""

    area: Area | None
    source: str
    product: str
    start: date
    end: date
    max_cloud: int
    resolution: int
    path: str = ""  # of files, below the data root
    corrections: str = ""  # of what was understood of them, as JSON
    recipe: str = ""  # how they are read, once they are understood
    bands: tuple[str, ...] = ()  # of files; other sources have their product's
    thin: str = ""  # the clearest date of each week or month, or every second one

    @property
    def request(self) -> Request | None:
        """The request, once there is an area; raises where source and dates do not go together."""
        if self.area is None or (self.source == "files" and not self.recipe):
            return None
        product = sources()[self.source].products[self.product]
        files = self.source == "files"
        return Request(
            self.area,
            Period(self.start, self.end),
            self.source,
            self.product,
            self.bands if files else product.sensor.default,
            self.resolution,
            100 if files else self.max_cloud,
            self.recipe if files else "",
            self.thin,
        )

    @classmethod
    def of(cls, request: Request) -> Draft:
        period = request.period
        return cls(
            request.area,
            request.source,
            request.product,
            period.start,
            period.end,
            request.max_cloud,
            request.resolution,
            recipe=request.recipe,
            bands=request.bands if request.recipe else (),
            thin=request.thin,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"start": self.start.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Draft:
        """A draft from an older visit; whatever no longer exists falls back to the demo's."""
        try:
            area = Area(**said["area"]) if said["area"] else None
            made = cls(
                **said
                | {"area": area, "start": date.fromisoformat(said["start"]), "end": date.fromisoformat(said["end"])}
                | {"bands": tuple(said.get("bands", ()))}
            )
            known = made.source in sources() and made.product in sources()[made.source].products
            return made if known else replace(Draft.of(demo_request()), area=area)
        except (KeyError, TypeError, ValueError, EodashError):
            return Draft.of(demo_request())


def owner() -> str:
    """A name for this browser that nobody else can guess; only its hash is stored."""
    if "owner" not in st.session_state:
        name = st.context.cookies.get(COOKIE) or secrets.token_hex(16)
        st.session_state["owner"] = hashlib.sha256(name.encode()).hexdigest()
    return str(st.session_state["owner"])


def draft() -> Draft:
    """This session's draft; at first the one this browser left, else the demo season."""
    if "draft" not in st.session_state:
        left = cached.store().draft(owner())
        st.session_state["draft"] = Draft.from_json(left) if left else Draft.of(demo_request())
    kept: Draft = st.session_state["draft"]
    return kept


def keep(**changes: Any) -> None:
    """Change the draft and store it."""
    st.session_state["draft"] = replace(draft(), **changes)
    cached.store().save_draft(owner(), st.session_state["draft"].to_json())


def run() -> Run | None:
    """The run of this session, fresh from the store, with this session's view of it."""
    run_id = st.session_state.get("run")
    found = cached.store().run(run_id) if run_id else None
    return replace(found, view=st.session_state.get("view", found.view)) if found else None


def enter(opened: Run) -> None:
    """Make a run the session's; the draft stays, it may have gone on meanwhile."""
    st.session_state["run"] = opened.id
    st.session_state["view"] = dict(opened.view)
    st.query_params["run"] = opened.id


def open_run(opened: Run) -> None:
    """Make a run the session's, and its area, source and dates the draft."""
    enter(opened)
    st.session_state["draft"] = Draft.of(opened.request)
    if opened.owner == owner():
        cached.store().save_draft(owner(), st.session_state["draft"].to_json())


def follow_link() -> None:
    """Let the address decide the run, and the address follow the run; an unknown run is said, not hidden."""
    asked = st.query_params.get("run")
    current = st.session_state.get("run")
    if asked is None:
        if current:
            st.query_params["run"] = current
        return
    if asked == current:
        return
    found = cached.store().run(asked)
    if found is None:
        st.session_state["notice"] = "This link names no run that is kept here. It may have been deleted."
        del st.query_params["run"]
        return
    open_run(found)


def view(name: str, default: Any = None) -> Any:
    """One choice of the look page: the date, the layer, the pinned pixels."""
    return st.session_state.setdefault("view", {}).get(name, default)


def keep_view(**changes: Any) -> None:
    """Change the view; it is stored with the run if the run is this browser's."""
    st.session_state["view"] = st.session_state.get("view", {}) | changes
    opened = run()
    if opened is not None and opened.owner == owner():
        cached.store().update(opened.id, view=st.session_state["view"])


def show_draft() -> None:
    """Make the widgets of the area page show the draft; for callbacks that change it behind their back.

    Widgets get their first value as a default, not through the session state: a run that is interrupted between the two
    would leave the browser with the widget's own default.
    """
    for name in ("source", "product", "start", "end", "max_cloud", "resolution"):
        st.session_state[f"choose-{name}"] = getattr(draft(), name)
