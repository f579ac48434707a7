"""What the service tells of itself: the manifests of both versions.

Addresses in them are absolute, as the specification wants it, and name the host that was asked, so that the copy on a
laptop offers the copy on the laptop. They are therefore kept by nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

import citygraph
from citygraph.web.answers import language, served
from citygraph.web.language import gettext
from citygraph.web.reconcile import columns
from citygraph.web.reconcile.reading import BATCH
from citygraph.web.reconcile.writing import type_row

if TYPE_CHECKING:
    from citygraph.settings import Settings

DRAFT = "1.0-draft"
KINDS = ("entity", "type", "property")
"""Of what there are suggestions."""
_WIDTH, _HEIGHT = 420, 260
_COMMON = ("City", "AdministrativeArea", "Country", "State", "Institution", "Network", "Party")
"""The types that are offered first, as far as the release has things of them."""


def site() -> str:
    """The address of the site as the client knows it, without a slash at its end; the gate judges what proxies say."""
    return request.root_url.rstrip("/")


def address(endpoint: str, **values: Any) -> str:
    """The absolute address of a page or service."""
    return site() + _path(endpoint, **values)


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of 0.2 (section "Service manifest")."""
    base = served().iris.base
    suggest = {
        kind: {
            "service_url": site(),
            "service_path": _path("reconcile.suggest", kind=kind),
            "flyout_service_url": site(),
            "flyout_service_path": _path("reconcile.flyout", kind=kind) + "?id=${id}",
        }
        for kind in KINDS
    }
    proposals = {"service_url": site(), "service_path": _path("reconcile.propose")}
    return _common(settings, ["0.2", DRAFT]) | {
        "identifierSpace": f"{base}id/",
        "schemaSpace": f"{base}ontology#",
        "view": {"url": _things() + "{{id}}"},
        "feature_view": {"url": address("reconcile.root") + "#{{id}}"},
        "preview": {"url": address("reconcile.preview") + "?id={{id}}", "width": _WIDTH, "height": _HEIGHT},
        "suggest": suggest,
        "extend": {"propose_properties": proposals, "property_settings": [_limit("name", "label", "help_text")]},
    }


def draft(settings: Settings) -> dict[str, Any]:
    """The manifest of the draft of 1.0; where its services are follows from its own address."""
    return _common(settings, [DRAFT]) | {
        "view": {"url": _things() + "{+id}"},
        "featureView": {"url": address("reconcile.root") + "#{id}"},
        "preview": {"width": _WIDTH, "height": _HEIGHT},
        "suggest": dict.fromkeys(KINDS, True),
        "extend": {"proposeProperties": True, "propertySettings": [_limit("id", "name", "helpText")]},
        "lang": language(),
        "standardizedScore": True,
    }


def _common(settings: Settings, versions: list[str]) -> dict[str, Any]:
    types = columns.types()
    return {
        "versions": versions,
        "name": settings.title.get(language()) or next(iter(settings.title.values()), "citygraph"),
        "serviceVersion": f"{citygraph.__version__} {served().version}",
        "documentation": address("reconcile.root"),
        "logo": address("static", filename="mark.svg"),
        "batchSize": BATCH,
        "defaultTypes": [type_row(name) for name in _COMMON if name in types],
    }


def _limit(identifier: str, words: str, help_text: str) -> dict[str, Any]:
    """The one setting of a property."""
    return {
        identifier: "limit",
        words: gettext("Values at most"),
        help_text: gettext("How many values a cell may have; 0 or nothing for all."),
        "type": "number",
        "default": 0,
    }


def _path(endpoint: str, **values: Any) -> str:
    """The path of a page or service below the address of the site."""
    return url_for(endpoint, **values).removeprefix(request.script_root)


def _things() -> str:
    """The address of a thing's page but for its identifier."""
    return address("resources.page", name="-", lang=None).removesuffix("-")
