"""The house keeps its rules: thin pages, errors with advice, documentation that names what there is and runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from eodash import errors
from eodash.settings import Settings
from eodash.ui.navigation import ROOT, pages

README = (ROOT / "README.md").read_text()
DOCS = README + "".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))
CODE = sorted((ROOT / "eodash").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
ERRORS = [kind.__name__ for kind in (errors.EodashError, *errors.EodashError.__subclasses__())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_thin_and_asks_the_interface_alone(page: Path) -> None:
    text = page.read_text()
    assert len(text.splitlines()) <= 60
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.module.startswith(("eodash.ui", "eodash.views"))
        if isinstance(node, ast.Import):
            assert [alias.name for alias in node.names] == ["streamlit"]


def raised(path: Path) -> list[ast.Call]:
    """Every EodashError that a file raises."""
    calls = [node.exc for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Raise)]
    return [call for call in calls if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ERRORS]


@pytest.mark.parametrize("path", [path for path in CODE if raised(path)], ids=lambda path: path.stem)
def test_every_error_says_what_to_do(path: Path) -> None:
    without = [
        f"{path.name}:{call.lineno}"
        for call in raised(path)
        if len(call.args) < 2 and "advice" not in [keyword.arg for keyword in call.keywords]
    ]
    assert without == []


def test_every_error_survives_another_process() -> None:
    import pickle

    error = errors.CatalogError("It broke.", "Mend it.", code="x", retryable=True, details={"a": 1})
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.name, again.advice, again.details) == (
        errors.CatalogError,
        "CatalogError x",
        "Mend it.",
        {"a": 1},
    )


def test_no_file_has_a_name_that_explains_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [path.name for path in [*CODE, *PAGES] if path.stem in empty] == []


@pytest.mark.parametrize("word", [*ERRORS, "demo", "earth-search", "planetary-computer"])
def test_errors_and_sources_are_named_in_the_documentation(word: str) -> None:
    assert word in DOCS


def test_every_page_is_named_in_the_readme() -> None:
    for slug in pages():
        assert f"`/{'' if slug == 'start' else slug}`" in README


def test_settings_named_in_the_readme_exist() -> None:
    named = set(re.findall(r"EODASH_([A-Z_]+)", README)) - {"REAL_DATA"}
    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_what_the_readme_calls_exists() -> None:
    for script in re.findall(r"scripts/\w+", README):
        assert (ROOT / script).is_file(), script
    for link in re.findall(r"\]\(((?:docs|scripts)/[^)]+)\)", README):
        assert (ROOT / link).is_file(), link


def test_the_readme_s_code_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
