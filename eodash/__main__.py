"""The command line: `python -m eodash --help`."""

from eodash.commands import bench, export, fetch, understand  # noqa: F401 - each adds its command
from eodash.commands.line import app

if __name__ == "__main__":
    app()
