"""One run in the list: a picture, what it is, how it stands, and what can be done with it."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from eodash.errors import StorageError
from eodash.jobs import Job
from eodash.sources import sources
from eodash.sources.contract import DateStatus
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.navigation import lead
from eodash.ui.page import caption
from eodash.ui.regions import counted, ground, link, megabytes, origin_of, title_of
from eodash.ui.starting import retry, under_way
from eodash.views.picture import Look

UNFINISHED = ("failed", "cancelled", "interrupted", "partial", "evicted")


def run_row(run: Run, size: int) -> None:
    """A run with its buttons."""
    statuses = cached.store().dates(run.key)
    whole = cached.store().complete(run.key)
    with st.container(border=True, key=f"run-{run.id}"):
        picture, words, acts = st.columns([1, 3.6, 1.5], vertical_alignment="center")
        with picture:
            st.html(thumbnail(run, statuses, whole))
        with words:
            busy = under_way(run.key) is not None
            st.html(about(run, statuses, size, None if busy else standing(run, statuses, whole)))
            if busy:
                _progress(run.key)
        with acts:
            _acts(run, whole, size)
        if (refused := st.session_state.pop(f"refused-{run.id}", None)) is not None:
            caption(f"▲ {refused}")


def thumbnail(run: Run, statuses: Sequence[DateStatus], whole: bool) -> str:
    """The clearest date; a grey box with words where there is no cube."""
    used = [status for status in statuses if status.state == "used"]
    style = "width:160px;max-width:100%;aspect-ratio:4/3;border-radius:6px;background:var(--eo-panel);display:block;"
    if not whole or not used:
        words = {"evicted": "data evicted", "queued": "waiting", "running": "reading"}.get(run.state, "no images")
        return f"<div class='eo-caption' style='{style}display:grid;place-items:center'>{words}</div>"
    best = max(used, key=lambda status: status.clear if status.clear is not None else 0)
    layer = run.view.get("layer", "true") if run.request.source == "files" else "true"
    address = cached.picture_url(run.key, best.time, Look(layer if isinstance(layer, str) else "true"), 160)
    day = best.time.astype("datetime64[D]")
    said = html.escape(f"{title_of(run)} on {day}", quote=True)
    return f"<img src='{html.escape(address, quote=True)}' alt='{said}' style='{style}object-fit:cover'>"


def about(run: Run, statuses: Sequence[DateStatus], size: int, stands: tuple[str, str, str] | None) -> str:
    """Name, source, ground, dates, size on disk, when; and how it stands."""
    count, period = counted(statuses), run.request.period
    star = "<span title='pinned: never evicted'>★ </span>" if run.pinned else ""
    dates = f"{count['used']} date{'s' if count['used'] != 1 else ''}" if statuses else "no dates"
    failed = f" · <span class='eo-bad'>✕ {count['failed']} failed</span>" if count["failed"] else ""
    lines = (
        f"{html.escape(origin_of(run))} · {html.escape(_product(run))} · {ground(run.request.area)}",
        f"{period.start:%-d %b %Y} – {period.end:%-d %b %Y} · {dates}{failed}",
        f"{megabytes(size) if size else 'nothing on disk'} · made {run.created:%-d %b %Y, %H:%M} UTC",
    )
    soft = "<br>".join(lines)
    state = f"<br><span class='eo-{stands[1]}'>{stands[0]} {html.escape(stands[2])}</span>" if stands else ""
    return (
        f"<div style='line-height:1.45;overflow-wrap:anywhere'><b style='font-size:17px'>{star}"
        f"{html.escape(title_of(run))}</b><br><span class='eo-caption'>{soft}</span>{state}</div>"
    )


def _product(run: Run) -> str:
    source = sources().get(run.request.source)
    product = source.products.get(run.request.product) if source else None
    return product.title if product else run.request.product


def standing(run: Run, statuses: Sequence[DateStatus], whole: bool) -> tuple[str, str, str]:
    """How a run stands: a mark, its class, words."""
    count = counted(statuses)
    kept = f"{count['used']} date{'s' if count['used'] != 1 else ''} kept"
    match run.state:
        case "done" if whole and cached.store().held(run.key):
            return "▲", "warn", "in memory only: the disk would not take it"
        case "done" if whole:
            return "✓", "ok", "complete"
        case "done":
            return "▲", "warn", "its images are gone: fetch again"
        case "partial":
            return "▲", "warn", f"{count['failed']} of {count['failed'] + count['used']} dates failed"
        case "evicted":
            return "▲", "warn", "data evicted, fetch again"
        case "failed":
            return "✕", "bad", f"failed: {(run.error or {}).get('message', 'see the area page')}"
        case "cancelled":
            return "▲", "warn", f"cancelled, {kept}"
        case "interrupted":
            return "▲", "warn", f"the server stopped, {kept}"
    return "●", "ok", "under way"


def progress_said(job: Job) -> str:
    """A job in a few words."""
    if job.state == "queued":
        return f"place {job.place} in the queue"
    return f"reading: date {min(job.done + 1, job.total)} of {job.total}" if job.total else "asking what there is"


@st.fragment(run_every=0.5)
def _progress(key: str) -> None:
    """How far a fetch is; the list is drawn anew when it has ended."""
    job = under_way(key)
    if job is None:
        st.rerun()
        return
    st.html(f"<p style='margin:0'><span class='eo-ok'>●</span> {html.escape(progress_said(job))}</p>")


def _acts(run: Run, whole: bool, size: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        busy = under_way(run.key) is not None
        again = not busy and (run.state in UNFINISHED or not whole)
        if again:
            st.button(
                "Fetch again" if not whole else "Fetch the rest", type="primary", key=f"refetch-{run.id}",
                on_click=_refetch, args=(run,),
            )  # fmt: skip
        st.button(
            "Open", type="secondary" if again else "primary", key=f"open-{run.id}", on_click=_open, args=(run, whole)
        )
        with st.popover("", icon=":material/more_horiz:", key=f"more-{run.id}", help="Rename, pin, link, delete"):
            _more(run, size)


def _open(run: Run, whole: bool) -> None:
    choices.open_run(run)
    lead("look" if whole else "area")


def _more(run: Run, size: int) -> None:
    st.text_input("Name", title_of(run), key=f"name-{run.id}", max_chars=120, on_change=_rename, args=(run,))
    st.button(
        "Unpin" if run.pinned else "Pin: never evict", icon=":material/keep_off:" if run.pinned else ":material/keep:",
        key=f"pin-{run.id}", width="stretch", on_click=_pin, args=(run,),
    )  # fmt: skip
    st.caption("Link: opens this run in any browser that reaches this server")
    st.code(link(run.id), language=None, wrap_lines=True)
    if st.session_state.get("deleting") != run.id:
        st.button(
            "Delete …", icon=":material/delete:", key=f"delete-{run.id}", width="stretch",
            on_click=_ask_to_delete, args=(run.id,),
        )  # fmt: skip
        return
    caption(f"Delete this run{f' and its {megabytes(size)}' if size else ''}? It cannot be undone.")
    with st.container(horizontal=True):
        st.button("Delete it", type="primary", key=f"delete-now-{run.id}", on_click=_delete, args=(run,))
        st.button("Keep it", key=f"delete-not-{run.id}", on_click=_ask_to_delete, args=("",))


def _refetch(run: Run) -> None:
    retry(run)
    if (refused := st.session_state.pop("start-error", None)) is not None:
        st.session_state[f"refused-{run.id}"] = str(refused)


def _rename(run: Run) -> None:
    cached.store().update(run.id, name=st.session_state[f"name-{run.id}"])


def _pin(run: Run) -> None:
    cached.store().update(run.id, pinned=not run.pinned)


def _ask_to_delete(run_id: str) -> None:
    st.session_state["deleting"] = run_id


def _delete(run: Run) -> None:
    """Stop its fetch, forget it, and leave it if it is the one that is open."""
    st.session_state.pop("deleting", None)
    cached.jobs().cancel(run.key, choices.owner())
    try:
        cached.store().delete(run.id, choices.owner())
    except StorageError as error:
        if error.code != "not_yours":  # deleted meanwhile in another tab
            st.session_state[f"refused-{run.id}"] = str(error)
        return
    if st.session_state.get("run") == run.id:
        for name in ("run", "view"):
            st.session_state.pop(name, None)
        st.query_params.pop("run", None)
