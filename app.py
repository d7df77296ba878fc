"""The door: `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from eodash.ui.routes import lifespan, middleware, on_bug, routes

app = st.App(
    Path(__file__).parent / "eodash/ui/frame.py",
    routes=routes(),
    middleware=middleware(),
    lifespan=lifespan,
    on_script_error=on_bug,
)
