"""What commands owe the terminal: a sentence and an exit code for what goes wrong, output that fails included."""

from __future__ import annotations

import os
import sys
from typing import Any
from urllib.parse import urlsplit

import click

from citygraph import faults
from citygraph.errors import CitygraphError, ValidationFailed


class Address(click.ParamType[str]):
    """An address whose parts can be read; who answers there is found out later."""

    name = "text"

    def __init__(self, *, or_file: bool = False) -> None:
        self._or_file = or_file

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the text back."""
        try:
            _ = urlsplit(value if "//" in value or self._or_file else f"http://{value}").port
        except ValueError as error:
            self.fail(f"{value!r} is no address ({error}); write it as in https://example.org/", param, ctx)
        return value


class Group(click.Group):
    """Turns whatever citygraph raises on purpose, and whatever the system refuses, into a sentence and exit code 1."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; the exit code is 0 for fine, 1 for findings and faults, 2 for wrong usage."""
        try:
            try:
                return super().main(*args, **extra)
            finally:
                sys.stdout.flush()  # at the end of the program nobody could tell that it fails
        except ValidationFailed as failure:
            click.echo(failure.report.text(), nl=False)
            click.echo(f"citygraph: {failure}", err=True)
        except CitygraphError as error:
            click.echo(f"citygraph: {error}", err=True)
        except BrokenPipeError:  # the reader, for instance `head`, has seen enough
            pass
        except faults.OF_THE_SYSTEM as error:
            click.echo(f"citygraph: {faults.told(error)}", err=True)
        except UnicodeEncodeError as error:
            shown = str(error.object)[max(error.start - 20, 0) : error.end + 20]
            click.echo(f"citygraph: {shown!r} holds a character that is not UTF-8; write it in UTF-8", err=True)
        _mute()
        sys.exit(1)


def _mute() -> None:
    """Throw away what still waits for standard output, if that takes nothing."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
