"""A training that is killed.

python -m tests.training.killed OUT [STEP COUNT]: dies at the COUNT-th time that its checkpoints reach STEP; prints the
checksum of the weights if it lives.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from pathlib import Path

import torch

from eodash.store import durable
from eodash.training.loop import train
from models.contract import SeriesNetwork
from tests.training.toys import Toy, recipe, small

EARLY = {"loss": "elects", "cross_entropy_epochs": 1}


def checksum(network: SeriesNetwork) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + value.numpy().tobytes())
    return digest.hexdigest()


def main(out: str, step: str = "", count: str = "1") -> None:
    torch.set_num_threads(1)
    left = int(count)

    def die(name: str) -> None:
        nonlocal left
        left -= name == step
        if step and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.on_step = die
    # a checkpoint after every step: 300 series in batches of 32 are 10 steps
    trained = train(recipe(**EARLY), small(), Toy(300), Toy(60, seed=1), Path(out), every=0.0)
    print(checksum(trained.network))


if __name__ == "__main__":
    main(*sys.argv[1:])
