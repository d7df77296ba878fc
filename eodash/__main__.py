"""The command line: `python -m eodash --help`."""

from eodash.commands import (  # noqa: F401 - each adds its command
    bench,
    change,
    evaluate,
    explain,
    export,
    fetch,
    predict,
    strategies,
    tables,
    teach,
    train,
    train_change,
    understand,
    worker,
)
from eodash.commands.line import app

if __name__ == "__main__":
    app()
