"""Which release is served: the next one is picked up without a failed request, a broken one is not."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from citygraph.release import MANIFEST, Release, Releases
from citygraph.web.app import create_app
from citygraph.web.current import Current
from servers import until

if TYPE_CHECKING:
    import pytest

    from citygraph.settings import Repository, Settings


def test_renewal(releases: Releases, world: Release, edited: Release) -> None:
    """Another current release is served from then on, and the old one can still be read by who holds it."""
    current = Current(releases)
    old = current.get()
    releases.switch(edited.version)
    current.renew()
    assert (old.version, current.get().version) == (world.version, edited.version)
    assert old.store.mentions(old.iris.term("City"))


def test_broken_release(releases: Releases, world: Release, caplog: pytest.LogCaptureFixture) -> None:
    """A release that cannot be opened leaves the old one in service, and is told once."""
    current = Current(releases)
    broken = releases.folder / "broken"
    broken.mkdir()
    (broken / MANIFEST).write_text("{}")
    releases.switch("broken")
    current.renew()
    current.renew()
    assert current.get().version == world.version
    assert len(caplog.records) == 1


def test_nothing_yet(tmp_path: Path, settings: Settings, repository: Repository) -> None:
    """Before the first build the server says that there is nothing yet, and when to come again."""
    client = create_app(settings, Releases(tmp_path), repository).test_client()
    for accept in ("text/html", "application/json"):
        answer = client.get("/", headers={"Accept": accept})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


def test_who_serves_no_more_leaves_no_process(world: Release, settings: Settings, repository: Repository) -> None:
    """The query workers end with the application that nobody needs any more, though it looked for new releases."""
    app = create_app(replace(settings, poll_seconds=0.01), Releases(world.folder.parent), repository)
    pids = app.extensions["citygraph"].get().pool.pids
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    del app
    gc.collect()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
