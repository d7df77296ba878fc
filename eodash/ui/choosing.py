"""The area page's right half: source, product, dates, cloud, pixel; each is stored when it changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

from eodash.sources import sources
from eodash.sources.demo import demo_request
from eodash.ui import choices
from eodash.ui.area import demo_region
from eodash.ui.importing import choose_files
from eodash.ui.page import caption


def choose() -> None:
    """The widgets, as the draft has them."""
    if st.session_state.pop("import-adopted", False):
        choices.show_draft()
    here = choices.draft()
    offered = sources()
    st.pills(
        "Source",
        list(offered),
        format_func=lambda name: offered[name].title,
        default=here.source,
        key="choose-source",
        on_change=_source_chosen,
        required=True,
    )
    product = offered[here.source].products[here.product]
    if here.source != "files":
        _product(here)
    elif not product.missing:
        choose_files()
    if product.missing:
        caption(f"▲ {product.missing}")
    start, end = st.columns(2)
    bounds: dict[str, Any] = {
        "min_value": date(1900, 1, 1), "max_value": date(2100, 1, 1), "format": "YYYY-MM-DD", "on_change": _kept,
    }  # fmt: skip
    with start:
        st.date_input("From", here.start, key="choose-start", args=("start",), **bounds)
    with end:
        st.date_input("To", here.end, key="choose-end", args=("end",), **bounds)
    if here.source != "files":
        _cloud_and_pixel(here, product.resolutions)


def _product(here: choices.Draft) -> None:
    products = sources()[here.source].products
    st.selectbox(
        "Product",
        list(products),
        format_func=lambda name: products[name].title + (" · not available" if products[name].missing else ""),
        index=list(products).index(here.product),
        key="choose-product",
        on_change=_product_chosen,
    )


def _cloud_and_pixel(here: choices.Draft, sizes: tuple[int, ...]) -> None:
    cloud, pixel = st.columns([1.7, 1], vertical_alignment="bottom")
    with cloud:
        st.slider(
            "Leave out dates cloudier than",
            0,
            100,
            here.max_cloud,
            step=5,
            format="%d %%",
            key="choose-max_cloud",
            on_change=_kept,
            args=("max_cloud",),
        )
    with pixel:
        st.selectbox(
            "Pixel",
            sizes,
            format_func=lambda size: f"{size} m",
            index=sizes.index(here.resolution) if here.resolution in sizes else 0,
            key="choose-resolution",
            on_change=_kept,
            args=("resolution",),
        )


def _kept(name: str) -> None:
    value = st.session_state.get(f"choose-{name}")
    if value is not None:
        choices.keep(**{name: value})


def _product_chosen() -> None:
    name = st.session_state["choose-product"]
    product = sources()[choices.draft().source].products.get(name)
    if product is None:  # the source changed with the same click
        return
    choices.keep(product=name, resolution=product.resolutions[0])
    choices.show_draft()


def _source_chosen() -> None:
    """Another source: its first product, and a season it can have."""
    name = st.session_state.get("choose-source")
    if name is None or name == choices.draft().source:
        return
    if name == "demo":
        period = demo_request(demo_region()).period
        start, end = period.start, period.end
    elif name == "files":
        start, end = choices.draft().start, choices.draft().end
    else:
        year = (date.today() - timedelta(days=320)).year
        start, end = date(year, 3, 1), date(year, 10, 31)
    product = next(iter(sources()[name].products.values()))
    choices.keep(recipe="", source=name, product=product.name, start=start, end=end, resolution=product.resolutions[0])
    choices.show_draft()
