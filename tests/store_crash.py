"""A server that writes until it is killed: each line on standard output is an acknowledgement.

python -m tests.store_crash HOME SEED [STEP COUNT]: dies at the COUNT-th time that it reaches STEP.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from eodash.request import Area
from eodash.sensors import SENSORS
from eodash.sources.contract import DateResult, DateStatus, Plan, Planned
from eodash.store import Store, durable
from tests import toys

ROWS, COLUMNS = 12, 16


def plan(number: int) -> Plan:
    """The plan of the numbered toy request: four dates in one area of its own."""
    west = -3 + number * 1e-4
    area = Area.of(toys.area(west, 48.0, west + 0.01, 48.01).geometry)
    request = replace(toys.request(), area=area)
    dates = tuple(Planned(moment(index)) for index in range(4))
    return Plan(request, SENSORS["sentinel-2-l2a"], toys.geobox(ROWS, COLUMNS), dates)


def moment(index: int) -> np.datetime64:
    return np.datetime64("2024-04-02T10:30:00", "s") + np.timedelta64(10 * index, "D")


def result(number: int, index: int) -> DateResult:
    """Random numbers that are known by the number of the request and of the date."""
    random = np.random.default_rng([number, index])
    values = random.integers(0, 10_000, (len(toys.BANDS), ROWS, COLUMNS), np.int16)
    return DateResult(DateStatus(moment(index), "used", cloud=1.5), values, random.random((ROWS, COLUMNS)) > 0.5)


def acknowledge(*said: object) -> None:
    os.write(1, (json.dumps(said) + "\n").encode())


def main(home: str, seed: str, step: str = "", count: str = "1") -> None:
    left = int(count)

    def die(name: str) -> None:
        nonlocal left
        left -= name == step
        if step and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.on_step = die
    store = Store(Path(home))
    for number in range(int(seed) * 1000, int(seed) * 1000 + 200):
        planned = plan(number)
        run = store.new_run("owner", planned.request)
        acknowledge("run", run.id)
        store.update(run.id, state="running")
        for index in (2, 0, 1):
            store.save_date(run.key, result(number, index))
            acknowledge("date", number, index)
        store.finish(planned)
        acknowledge("cube", number, [0, 1, 2])
        store.save_date(run.key, result(number, 3))
        acknowledge("date", number, 3)
        store.finish(planned)
        acknowledge("cube", number, [0, 1, 2, 3])
        store.update(run.id, state="done")
        acknowledge("done", run.id)
        store.save_draft("owner", {"number": number})
        acknowledge("draft", number)


if __name__ == "__main__":
    main(*sys.argv[1:])
