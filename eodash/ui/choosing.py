"""The area page's right half: source, product, dates, cloud, pixel; each is stored when it changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

from eodash.sources import sources
from eodash.sources.demo import demo_request
from eodash.ui import choices
from eodash.ui.area import demo_region
from eodash.ui.page import caption


def choose() -> None:
    """The widgets, as the draft has them."""
    here = choices.draft()
    offered = sources()
    st.segmented_control(
        "Source",
        list(offered),
        format_func=lambda name: offered[name].title,
        default=here.source,
        key="choose-source",
        on_change=_source_chosen,
        required=True,
    )
    products = offered[here.source].products
    st.selectbox(
        "Product",
        list(products),
        format_func=lambda name: products[name].title + (" · not available" if products[name].missing else ""),
        index=list(products).index(here.product),
        key="choose-product",
        on_change=_product_chosen,
    )
    product = products[here.product]
    if product.missing:
        caption(f"▲ {product.missing}")
    start, end = st.columns(2)
    bounds: dict[str, Any] = {
        "min_value": date(1982, 1, 1), "max_value": date(2100, 1, 1), "format": "YYYY-MM-DD", "on_change": _kept,
    }  # fmt: skip
    with start:
        st.date_input("From", here.start, key="choose-start", args=("start",), **bounds)
    with end:
        st.date_input("To", here.end, key="choose-end", args=("end",), **bounds)
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
    sizes = product.resolutions
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
    resolution = sources()[choices.draft().source].products[name].resolutions[0]
    choices.keep(product=name, resolution=resolution)
    choices.show_draft()


def _source_chosen() -> None:
    """Another source: its first product, and a season it can have."""
    name = st.session_state.get("choose-source")
    if name is None or name == choices.draft().source:
        return
    if name == "demo":
        period = demo_request(demo_region()).period
        start, end = period.start, period.end
    else:
        year = (date.today() - timedelta(days=320)).year
        start, end = date(year, 3, 1), date(year, 10, 31)
    product = next(iter(sources()[name].products.values()))
    choices.keep(source=name, product=product.name, start=start, end=end, resolution=product.resolutions[0])
    choices.show_draft()
