"""The command line: `python -m eodash --help`."""

from eodash.commands import (  # noqa: F401 - each adds its command
    bench,
    evaluate,
    export,
    fetch,
    tables,
    train,
    understand,
)
from eodash.commands.line import app

if __name__ == "__main__":
    app()
