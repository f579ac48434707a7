"""What is meant for servers names only what there is."""

import configparser
import re
from pathlib import Path

import click
import pytest

from citygraph.cli import main
from citygraph.settings import Settings

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "deploy" / "citygraph.service"
IMAGE = ROOT / "deploy" / "Containerfile"


def unit():
    """The unit's sections; a key that stands twice is refused."""
    found = configparser.ConfigParser(strict=True, interpolation=None)
    found.optionxform = str
    found.read_string(UNIT.read_text("utf-8"))
    return found


@pytest.mark.parametrize("path", [UNIT, IMAGE], ids=lambda path: path.name)
def test_settings_and_commands_exist(path):
    """Each setting that is named in the environment is one of ours, and the command is one of the command line."""
    text = path.read_text("utf-8")
    named = re.findall(r"CITYGRAPH_([A-Z_]+)=", text)
    assert named
    assert {name.lower() for name in named} <= Settings.__dataclass_fields__.keys()
    assert re.findall(r"citygraph\W+serve\b", text)
    assert isinstance(main.commands["serve"], click.Command)


def test_the_unit_lets_running_requests_finish():
    """The service manager waits longer than the server does, and tells only the server to end."""
    service = unit()["Service"]
    assert int(service["TimeoutStopSec"]) > Settings().shutdown_seconds
    assert service["KillMode"] == "mixed"


def test_the_unit_gives_no_privileges():
    """The service runs as nobody in particular, writes to its own folder only, and may do what query workers need."""
    service = unit()["Service"]
    assert (service["DynamicUser"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "yes", "strict")
    assert service["CapabilityBoundingSet"] == ""
    assert service["SystemCallFilter"].startswith("~"), "an allow-list would have to follow every library"
    assert "@sandbox" not in service["SystemCallFilter"]


def test_the_image_is_pinned_and_unprivileged():
    """Packages come by the hashes of the lock; the process is not root; its health is that it is ready."""
    text = IMAGE.read_text("utf-8")
    assert "--require-hashes -r serve.lock" in text
    last = text.rpartition("FROM ")[2]
    assert re.search(r"^USER [1-9]\d*$", last, re.MULTILINE)
    assert "/readyz" in last
