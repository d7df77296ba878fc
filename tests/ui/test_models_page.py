"""The model page in Streamlit's own test runner: shelf, cards, tables, a model that is brought, a region asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from eodash import cards
from eodash import shelf as brought_models
from eodash.backend import asked
from eodash.cards import Card, parse, write
from eodash.errors import ModelError
from eodash.settings import settings
from eodash.store import Store
from eodash.ui import addresses, cached, models_region
from eodash.ui.bringing import example
from eodash.ui.models_card import commands
from eodash.ui.models_records import FIELD, curves, few_labels
from eodash.ui.models_region import sentence, verdict_of
from eodash.ui.models_shelf import FIRST, bar, headline, rows_of
from eodash.ui.models_tables import read, table_html
from tests.ui import made_models
from tests.ui.test_frame import FRAME, ROOT, said
from tests.ui.test_frame import run as visit
from tests.ui.test_runs import finished

OWNER = "0" * 64
HOSTILE = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A fresh home, and a shelf of its own that is empty."""
    singletons = (settings, cached.store, cached.jobs, addresses.secret, models_region.jobs)
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cards, "SHELF", tmp_path / "models")
    monkeypatch.setattr(asked, "SHELF", tmp_path / "models")
    for single in singletons:
        single.cache_clear()
    yield cached.store()
    cached.store().close()
    for single in singletons:
        single.cache_clear()


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Path:
    made_models.shelf(tmp_path / "models")
    return tmp_path / "models"


def press(app: AppTest, key: str) -> AppTest:
    return next(button for button in app.button if button.key == key).click().run()


def keys(app: AppTest, start: str) -> list[str]:
    return [str(button.key) for button in app.button if str(button.key).startswith(start)]


def own(card: Card) -> Card:
    """On the shelf of this browser, without an examination."""
    return write(card, settings().home / "models" / OWNER / ("a" * 26), {"examined": {"parameters": 7, "passes": []}})


def test_an_empty_shelf_says_how_to_fill_it(store: Store) -> None:
    app = visit("models")
    assert not app.exception
    assert "The shelf is empty" in said(app)
    assert "python -m eodash train" in said(app)
    assert "These tables have not been made yet" in said(app)


def test_every_model_has_its_place_and_one_card_stands_open(shelf: Path) -> None:
    app = visit("models")
    assert not app.exception
    assert sorted(keys(app, "open-")) == sorted(f"open-{name}" for name in cards.shelf())
    assert "TempCNN, preprocessed images" in said(app)  # where nobody has chosen
    assert "model" not in app.query_params
    app = press(app, "open-lstm-l1c")
    assert not app.exception
    assert app.query_params["model"] in ("lstm-l1c", ["lstm-l1c"])
    assert "Raw images (L1C): clouds stay in" in said(app)


def test_a_link_opens_its_model_and_an_unknown_one_is_said(shelf: Path) -> None:
    app = visit("models")
    app.query_params["model"] = "l-tae-l2a"
    assert "L-TAE, preprocessed images" in said(app.run())
    for name in ("no-such-model", "../../x", HOSTILE, "\0"):
        app.query_params["model"] = name
        app.run()
        assert not app.exception
        assert [warning.value[:26] for warning in app.warning] == ["This link names no model t"]
        assert app.query_params.get("model") in (None, "l-tae-l2a", ["l-tae-l2a"])
        assert HOSTILE not in said(app)


def test_a_card_prints_what_it_promises(shelf: Path) -> None:
    text = said(visit("models"))
    for words in (
        "B02 (492)", "8 to 73 in training, with their day of the year", "temperate and winter rain",
        "48,000 series on world level=l2a", "30, epoch 27 kept, seed 1", "31 min on cpu", "606 k parameters",
        "charlotte-pel/igarss2019-dl4sits", "GPL-3", "so the world is a tuned prior", "0.031", "What it cannot do",
        "It has learned from simulated fields alone", "CC-BY-4.0", "abababab",
        "python -m eodash evaluate --model MODEL --data victoria", "5 draws of labels",
    ):  # fmt: skip
        assert words in text, words


def test_hostile_words_on_a_card_and_in_a_table_are_words(shelf: Path) -> None:
    made = made_models.card("lstm", "l2a", name="evil")
    evil = tuple(replace(each, name=f"{HOSTILE[:60]}{place}") for place, each in enumerate(made.legends["landcover"]))
    record = made_models.record()
    for part in ("confusion", "per_class"):
        record[part] = {"landcover": record[part]["landcover"]}
    record["confusion"]["landcover"]["classes"] = [each.name for each in evil]
    for row, each in zip(record["per_class"]["landcover"], evil, strict=True):
        row["name"] = each.name
    write(
        replace(
            made, title=HOSTILE, summary=HOSTILE, climate=HOSTILE, licence=HOSTILE, citation=HOSTILE, limits=(HOSTILE,),
            trained={"data": HOSTILE, "device": HOSTILE, "command": HOSTILE, "seconds": HOSTILE, "series": HOSTILE,
                     "parameters": HOSTILE, "epochs": HOSTILE, "best_epoch": HOSTILE, "made": HOSTILE},
            legends={"landcover": evil},
            scores=tuple(replace(each, what=HOSTILE, data=HOSTILE, note=HOSTILE) for each in made.scores[:1]),
        ),
        settings().home / "models" / OWNER / ("a" * 26),
        record,
    )  # fmt: skip
    (shelf / "tables" / "evil.json").write_text(
        json.dumps(
            {"title": HOSTILE, "rows": [{HOSTILE: HOSTILE, "accuracy": 1}], "published": HOSTILE, "note": HOSTILE}
        )
    )
    app = visit("models")
    app = press(app, "open-evil")
    assert not app.exception
    html = "".join(str(getattr(element, "value", "")) for element in app.main if element.type == "html")
    assert HOSTILE not in html
    assert "&lt;img src=x" in html
    assert "scores are claims of their author" in html


def test_a_card_without_figures_is_shown_all_the_same(store: Store) -> None:
    bare = replace(made_models.card("lstm", "l2a"), scores=(), trained={}, limits=(), climate="", summary="")
    write(bare, cards.SHELF / "cards")
    app = visit("models")
    assert not app.exception
    assert "Its card has no scores." in said(app)


def test_a_table_that_cannot_be_read_is_passed_over(shelf: Path) -> None:
    for name, text in (("broken", "{"), ("list", "[]"), ("deep", "[" * 100_000), ("odd", '{"rows": [1, null]}')):
        (shelf / "tables" / f"{name}.json").write_text(text)
    assert sorted(read(shelf / "tables")) == sorted([*made_models.tables(), "odd"])
    assert not visit("models").exception


def test_a_table_says_deviations_beside_their_figures_and_published_rows_apart() -> None:
    html = table_html([{"model": "a", "raw": 0.5, "raw_deviation": 0.125, "seeds": 3}], [{"model": "b", "source": "c"}])
    assert "0.500 ± 0.125" in html
    assert "raw deviation" not in html
    assert "source" not in html  # it stands below
    assert html.index("Published") > html.index("0.500")


def test_the_shelf_is_grouped_by_network_with_baselines_last() -> None:
    some = [made_models.card(name, level) for name in ("random-forest", "lstm") for level in ("l2a", "l1c")]
    rows = rows_of([*some, made_models.card("temp-cnn", "l2a", 0.95)])
    names = [[card.name if card else None for card in row.cards] for row in rows]
    assert names == [[None, FIRST], ["lstm-l1c", "lstm-l2a"], ["random-forest-l1c", "random-forest-l2a"]]
    assert [row.title for row in rows] == ["TempCNN", "LSTM", "Random forest"]


def test_the_headline_is_land_cover_as_it_is() -> None:
    made = made_models.card("lstm", "l1c", 0.9)
    world, real = headline(replace(made, scores=made.scores[::-1]))
    assert world is not None
    assert real is not None
    assert (world.data, world.legend, real.data, real.what) == ("world", "landcover", "phiweek19", "as it is")
    assert headline(replace(made, scores=())) == (None, None)
    assert "left:83.9%;width:4.2%" in bar("real", real)
    assert "not measured" in bar("real", None)


def test_few_labels_become_a_line_per_way_of_fitting() -> None:
    (data, some), *others = few_labels(made_models.card("lstm", "l2a").scores).items()
    assert (data, others, len(some)) == ("victoria", [], 18)
    lines, _, ticks = curves(some)
    assert list(lines) == ["fine-tuned", "from scratch", "random forest"]
    assert ticks == {FIELD: "one field", 0: "1", 1: "2", 2: "5", 3: "10", 4: "20"}
    assert [point.x for point in lines["fine-tuned"]] == [FIELD, 0, 1, 2, 3, 4]
    assert lines["fine-tuned"][1].deviation == pytest.approx(0.08)


def test_every_command_is_named_once() -> None:
    told = commands(made_models.card("lstm", "l2a"))
    assert len(told) == len(set(told)) == 3
    assert told[0].startswith("python -m eodash train")


def test_the_example_card_reads_and_claims_nothing() -> None:
    said_ = parse(example(made_models.card("lstm", "l2a")))
    assert (said_.name, said_.scores, dict(said_.trained)) == ("my-model", (), {})
    assert said_.weights is not None
    assert said_.weights.file == "my-model.safetensors"


def brings(app: AppTest, monkeypatch: pytest.MonkeyPatch, future: Future[Card]) -> AppTest:
    """Both files given, the button pressed, and this future in the place of an examination."""
    asked_with: list[tuple[str, bytes, bytes]] = []

    def bringing(*said: Any) -> Future[Card]:
        asked_with.append(said)
        return future

    monkeypatch.setattr(brought_models, "bringing", bringing)
    app.file_uploader(key="bring-card").set_value(("card.toml", b"card", "application/toml"))
    app.file_uploader(key="bring-weights").set_value(("w.safetensors", b"weights", "application/octet-stream"))
    app = press(app.run(), "bring-now")
    assert asked_with == [(OWNER, b"card", b"weights")]
    return app


def test_a_model_is_examined_while_the_page_stays_and_then_listed(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    future: Future[Card] = Future()
    app = brings(visit("models"), monkeypatch, future)
    assert "Examining it in a process of its own" in said(app)
    assert next(button for button in app.button if button.key == "bring-now").disabled
    future.set_result(own(made_models.card("lstm", "l2a", name="mine", title="Mine")))
    app.run()
    assert not app.exception
    assert "Mine is on the shelf." in said(app)
    assert "Brought by you" in said(app)
    assert keys(app, "open-mine") == ["open-mine"]
    assert "This browser" not in said(app)
    app = press(app, f"remove-{'a' * 26}")
    assert not app.exception
    assert keys(app, "open-mine") == []
    assert "mine" not in cards.shelf(OWNER)


def test_a_refused_model_says_why(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    future: Future[Card] = Future()
    future.set_exception(ModelError(f"It is a pickle {HOSTILE}.", "Save it as safetensors.", code="unsafe"))
    app = brings(visit("models"), monkeypatch, future)
    assert not app.exception
    assert "It is a pickle &lt;img" in said(app)
    assert "Save it as safetensors." in said(app)
    assert keys(app, "remove-") == []


def test_nobody_elses_model_is_shown(shelf: Path) -> None:
    write(made_models.card("lstm", "l2a", name="theirs"), settings().home / "models" / ("1" * 64) / ("a" * 26))
    app = visit("models", model="theirs")
    assert keys(app, "open-theirs") == []


def test_a_region_is_asked_once_and_the_answer_is_kept(
    shelf: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def answers(card: Card, pixels: Any, on_progress: Any) -> Any:
        calls.append(card.name)
        on_progress(1, 2)
        return np.linspace(0, 1, 100, dtype=np.float32).reshape(10, 10)

    monkeypatch.setattr(asked, "sample", lambda cube, card: cube)
    monkeypatch.setattr(asked, "outside", answers)
    mine = finished(store, 1, "Fields")
    app = visit("models", run=mine.id)
    assert "Fields has not been compared yet" in said(app)
    app = press(app, next(key for key in keys(app, "fill-") if "compared" in key))
    for _ in range(50):
        if "training fields" in said(app.run()):
            break
        time.sleep(0.1)
    assert not app.exception
    assert "1 % of the pixels lie further from the training world than 99 % of the training fields" in said(app)
    again = visit("models", run=mine.id)
    assert "has not been compared yet" not in said(again)
    assert calls == [FIRST]


def test_a_model_for_other_series_says_so(shelf: Path, store: Store) -> None:
    mine = finished(store, 1, "Fields")
    app = visit("models", run=mine.id, model="lstm-l1c")
    assert not app.exception
    assert "LSTM, raw images is made for raw images (L1C); the open run holds preprocessed images (L2A)." in said(app)
    assert [key for key in keys(app, "fill-") if "compared" in key] == []


def test_a_question_that_breaks_off_is_said_and_asked_again(
    shelf: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*said: Any) -> Any:
        raise ModelError("The weights are not there.", "Fetch them again.", code="incomplete")

    monkeypatch.setattr(asked, "outside", breaks)
    app = visit("models", run=finished(store, 1, "Fields").id)
    app = press(app, next(key for key in keys(app, "fill-") if "compared" in key))
    for _ in range(50):
        if "Ask again" in said(app.run()):
            break
        time.sleep(0.1)
    assert not app.exception
    assert "The weights are not there." in said(app)
    assert keys(app, "outside-failed-way") == ["outside-failed-way-0"]


def test_the_share_outside_is_said_in_words() -> None:
    answer = np.array([[0.2, 0.995, np.nan, 0.5]], np.float32)
    assert sentence(answer).startswith("33 % of the pixels")
    assert sentence(np.full((1, 2), np.nan, np.float32)) == "No pixel has a usable date, so nothing can be said."
    assert [verdict_of(share)[0] for share in (0.01, 0.1, 0.5, float("nan"))] == ["✓", "▲", "✕", "▲"]


def test_the_page_imports_no_torch(tmp_path: Path) -> None:
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(FRAME)!r}, default_timeout=60)
app.session_state["owner"] = "0" * 64
app.run()
app.switch_page("../../pages/models.py").run()
assert not app.exception, app.exception
print("heavy:", sorted({{"torch", "sklearn", "models"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ | {"EODASH_HOME": str(tmp_path)}, text=True,
        capture_output=True, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "heavy: []" in done.stdout
