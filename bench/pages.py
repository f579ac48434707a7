"""What the pages of the largest hubs cost beside the page of a person, about the smallest there is, in one run."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from pathlib import Path

from citygraph.release import Releases
from citygraph.settings import Repository, Settings
from citygraph.web.app import create_app

TIMES = 5
"""How often each page is made."""


def main(_numbers: list[int]) -> None:
    """Compare, for each kind, the page of the thing that most others point to in the current release."""
    settings = Settings.read(Path("citygraph.toml"), {})
    releases = Releases(Path(settings.release_folder))
    release = releases.current()
    if release is None:
        raise SystemExit("build a release first: citygraph build")
    client = create_app(settings, releases, Repository.find(Path.cwd())).test_client()
    start = f"<{settings.base_iri}id/"
    pointed = Counter(quad.object.value for quad in release.store.quads() if str(quad.object).startswith(start))
    hubs: dict[str, str] = {}
    for iri, _ in pointed.most_common():
        hubs.setdefault(iri.removeprefix(start[1:]).partition("/")[0], iri)
    people = (iri for iri in pointed if iri.startswith(f"{start[1:]}person/"))
    small = measured(client, min(people, key=lambda iri: (pointed[iri], iri)), settings)
    print(f"the page of a person: {small[0] * 1000:.0f} ms, {small[1]} bytes")
    for hub in sorted(hubs.values(), key=lambda iri: -pointed[iri]):
        seconds, size = measured(client, hub, settings)
        ratios = f"time ×{seconds / small[0]:.1f}  size ×{size / small[1]:.1f}"
        print(f"{path(hub, settings):50} {pointed[hub]:>7} point here  {ratios}")


def path(iri: str, settings: Settings) -> str:
    """The address of a thing's page."""
    return f"/page/{iri.removeprefix(settings.base_iri + 'id/')}"


def measured(client, iri: str, settings: Settings) -> tuple[float, int]:
    """The median of the seconds that a page takes to be made anew, and its size."""
    seconds, size = [], 0
    for number in range(TIMES):
        began = time.process_time()
        size = len(client.get(f"{path(iri, settings)}?made={number}").data)
        seconds.append(time.process_time() - began)
    return statistics.median(seconds), size
