"""Run the command line, by ``citygraph`` or ``python -m citygraph``; it can be stopped while it is still loaded."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line; whoever stops it reads a word and gets the exit code that shells give to the signal."""
    for stream in range(3):  # where one is closed, the next file that is opened would take its place
        _open(stream)
    signal.signal(signal.SIGTERM, _end)
    try:
        from citygraph.cli import main as commands  # noqa: PLC0415 - it takes most of a second

        commands(prog_name="citygraph")
    except KeyboardInterrupt:
        _end(signal.SIGINT)


def _open(stream: int) -> None:
    try:
        os.fstat(stream)
    except OSError:
        os.open(os.devnull, os.O_RDWR)
        name, mode = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))[stream]
        setattr(sys, name, open(stream, mode, encoding="utf-8"))  # noqa: SIM115 - it stays open to the end


def _end(number: int, _frame: object = None) -> NoReturn:
    """Leave by the ends of all blocks, so that they clear away; a second signal ends at once."""
    signal.signal(number, signal.SIG_DFL)
    print(f"citygraph: stopped by {signal.Signals(number).name}", file=sys.stderr)  # noqa: T201 - click is not there yet
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
