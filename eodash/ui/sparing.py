"""Garbage collection, kept off what stays for as long as the server runs."""

from __future__ import annotations

import gc


def spare_the_libraries() -> None:
    """Take what is loaded by now out of garbage collection: Streamlit collects after every run, and everybody waits."""
    gc.collect()
    gc.freeze()
