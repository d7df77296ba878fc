"""Runs in SQLite, pictures on disk: nothing that was acknowledged is lost.

    home/eodash.sqlite          runs, areas, drafts, and what is known of each payload
    home/dates/…npy             one finished date of a fetch that goes on
    home/cubes/<key>.…/         cube.npy, clear.npy, cube.json of a finished fetch
    home/results/<key>.…/       what was computed of a cube: arrays and result.json
    home/servers/<token>.lock   held by each server that lives

Every write: temporary name → fsync → checksum and size → rename → fsync of the folder → row, in one transaction.
A file without a row was never acknowledged; it goes when the server that wrote it is dead.

In code: an open Folder; Runs in it; Dates, then Cubes of them, then Finishing, which makes the one from the other;
Results of cubes; Room says what they take and makes room; Store is all of it, with the Areas of each browser.
"""

from eodash.store.areas import KeptArea
from eodash.store.results import Result
from eodash.store.room import Freeable
from eodash.store.rows import plain_name
from eodash.store.run import ACTIVE, Run, RunState
from eodash.store.store import Store

__all__ = ["ACTIVE", "Freeable", "KeptArea", "Result", "Run", "RunState", "Store", "plain_name"]
