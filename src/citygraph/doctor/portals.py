"""What portals want to know of whoever runs a site, and only its settings can say: advice, not promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.doctor.check import Check, Fault, fault, status
from citygraph.doctor.site import values
from citygraph.settings import Settings
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citygraph.doctor.site import Site

_WANTED: tuple[tuple[str, str, str, Callable[[str], bool], str], ...] = (
    ("", "foaf", "name", lambda name: name != Settings.publisher, "names no publisher: set publisher"),
    ("", "vcard", "hasEmail", bool, "tells no address to write to, which opendata.swiss demands: set contact_email"),
    ("/de", "dcatde", "contributorID", bool, "names no contributor, which GovData demands: set contributor_id"),
    (
        "/ch",
        "dct",
        "identifier",
        lambda text: not text.endswith(f"@{Settings.organisation}"),
        "names no organisation, which opendata.swiss knows data sets by: set organisation",
    ),
)
"""In which catalogue which property is to have a value that somebody set, and what is said where it has none."""


def settled(site: Site) -> Iterator[Fault]:
    """The catalogues say who publishes, and whom to write to (docs/portals.md)."""
    for path, prefix, name, is_set, text in _WANTED:
        reply = site.ask(f"/catalog{path}.ttl")
        yield from status(reply, 200)
        if reply.status == 200:
            told = values([quad.triple for quad in reply.quads()], FOREIGN[prefix] + name)
            if not any(map(is_set, told)):
                yield fault(reply, text)


CHECKS = (
    Check(
        "portal-settings",
        "Portals learn who publishes the site, and whom to write to",
        "Set what is missing in citygraph.toml, if you want to be harvested by that portal, and build again.",
        settled,
        advice=True,
    ),
)
