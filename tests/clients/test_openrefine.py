"""OpenRefine, which nobody here wrote, matches a table against the fixture world and adds columns to it."""

from __future__ import annotations

import json
import shutil
import urllib.parse
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from citygraph.iris import CANONICAL, Iris
from citygraph.wikidata.desk import Desk
from servers import PATIENCE, running, serving, until
from wikidata.small import claim, compared, stated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release

pytestmark = pytest.mark.real

TABLE = """place,land
Obersoed,Examplien
Zweistadt,Examplia
Deuxville,Exemplie
Twinham,Sampland
RIVERMOUTH,Sampland
Nowhere at all,Sampland
"""
ENGINE = {"facets": [], "mode": "row-based"}


class OpenRefine:
    """A running OpenRefine, asked as its own pages ask it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, command: str, **fields: str) -> Any:
        """The answer to a question."""
        with urllib.request.urlopen(
            f"{self._url(command)}?{urllib.parse.urlencode(fields)}", timeout=PATIENCE
        ) as answer:
            return json.load(answer)

    def create(self, table: str) -> str:
        """A new project from a table; its number."""
        fields = {"project-name": "places", "format": "text/line-based/*sv", "options": '{"separator": ","}'}
        return self._upload("create-project-from-upload", fields, "places.csv", table.encode())

    def take_in(self, archive: bytes) -> str:
        """A project that somebody has handed on; its number."""
        return self._upload("import-project", {"project-name": "twins"}, "twins.openrefine.tar.gz", archive)

    def quickstatements(self, project: str) -> str:
        """What the schema of a project makes of its rows, in OpenRefine's own words."""
        fields = {"project": project, "format": "quickstatements", "engine": json.dumps(ENGINE)}
        address = f"{self._url('export-rows')}/twins.txt"
        with urllib.request.urlopen(address, urllib.parse.urlencode(fields).encode(), timeout=PATIENCE) as answer:
            text: str = answer.read().decode()
        return text

    def _upload(self, command: str, fields: dict[str, str], name: str, content: bytes) -> str:
        border = uuid.uuid4().hex
        parts = [f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}' for key in fields]
        head = f'Content-Disposition: form-data; name="project-file"; filename="{name}"'
        parts.append(f"--{border}\r\n{head}\r\nContent-Type: application/octet-stream\r\n\r\n")
        body = "\r\n".join(parts).encode() + content + f"\r\n--{border}--\r\n".encode()
        address = f"{self._url(command)}?csrf_token={self._token()}"
        asked = urllib.request.Request(address, body, {"Content-Type": f"multipart/form-data; boundary={border}"})
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return urllib.parse.parse_qs(urllib.parse.urlsplit(answer.url).query)["project"][0]

    def apply(self, project: str, operation: dict[str, Any]) -> None:
        """Apply an operation, as from a history that somebody has kept, and wait until it is done."""
        fields = {"operations": json.dumps([operation]), "project": project, "csrf_token": self._token()}
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(self._url("apply-operations"), body, timeout=PATIENCE) as answer:
            assert json.load(answer)["code"] in ("ok", "pending")
        until(lambda: not self.get("get-processes", project=project)["processes"])

    def table(self, project: str) -> list[dict[str, Any]]:
        """The rows with the values of their cells, and what was decided on them."""
        columns = self.get("get-models", project=project)["columnModel"]["columns"]
        found = self.get("get-rows", project=project, limit="100")
        decided = found.get("pool", {}).get("recons", {})

        def cell(row: dict[str, Any], place: int) -> Any:
            cells = row["cells"]
            return (cells[place] or {}) if place < len(cells) else {}

        rows = []
        for row in found["rows"]:
            values = {}
            for column in columns:
                content = cell(row, column["cellIndex"])
                recon = content.get("r")
                verdict = decided.get(str(recon), {}) if not isinstance(recon, dict) else recon
                values[column["name"]] = content.get("v")
                values[f"{column['name']} id"] = (verdict.get("m") or {}).get("id")
                values[f"{column['name']} candidates"] = [row["id"] for row in verdict.get("c") or ()]
            rows.append(values)
        return rows

    def _token(self) -> str:
        return self.get("get-csrf-token")["token"]

    def _url(self, command: str) -> str:
        return f"{self.address}/command/core/{command}"


@pytest.fixture(scope="module")
def service(world: Release) -> Iterator[str]:
    """The address of our service over real HTTP."""
    with serving(world.folder.parent) as address:
        yield f"{address}/reconcile"


@pytest.fixture(scope="module")
def openrefine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenRefine]:
    """OpenRefine without a window, with little memory and a folder of its own."""
    program = shutil.which("openrefine")
    assert program, "run `make tools`"
    folder = tmp_path_factory.mktemp("openrefine")
    (folder / "refine.ini").write_text("REFINE_MEMORY=256M\nREFINE_MIN_MEMORY=64M\n", "utf-8")
    command = [program, "-p", "{port}", "-d", str(folder / "data"), "-c", str(folder / "refine.ini")]
    command += ["-x", "refine.headless=true"]
    version = "/command/core/get-version"
    with running(command, version, {"HOME": str(folder)}) as address:
        yield OpenRefine(address)


def test_it_matches_a_table_and_adds_columns(openrefine: OpenRefine, service: str) -> None:
    """Names with countries become our things, where there is no doubt, and partners, dates and QIDs become columns."""
    with urllib.request.urlopen(service) as answer:
        manifest = json.load(answer)
    spaces = {name: manifest[name] for name in ("identifierSpace", "schemaSpace")}
    project = openrefine.create(TABLE)
    kind = manifest["defaultTypes"][0]
    detail = {"column": "land", "propertyName": "Country", "propertyID": "country"}
    config = {
        "mode": "standard-service",
        "service": service,
        **spaces,
        "type": {"id": kind["id"], "name": kind["name"]},
    }
    config |= {"autoMatch": True, "columnDetails": [detail], "limit": 0}
    recon = {"op": "core/recon", "engineConfig": ENGINE, "columnName": "place", "config": config}
    openrefine.apply(project, recon)
    rows = openrefine.table(project)
    assert [row["place id"] for row in rows] == [
        "city/obersoed",
        "city/zweistadt",
        "city/zweistadt",
        None,  # two are called Twinham
        "city/rivermouth",
        None,
    ]
    assert set(rows[3]["place candidates"][:2]) == {"city/twinham-east", "city/twinham-west"}

    proposals = manifest["extend"]["propose_properties"]
    with urllib.request.urlopen(f"{proposals['service_url']}{proposals['service_path']}?type=City") as answer:
        offered = {row["id"]: row for row in json.load(answer)["properties"]}
    wanted = [offered[name] for name in ("partner", "since", "wikidata", "latitude")]
    extend = {"op": "core/extend-reconciled-data", "engineConfig": ENGINE, "baseColumnName": "place", **spaces}
    extend |= {"endpoint": service, "extension": {"properties": wanted}, "columnInsertIndex": 1}
    openrefine.apply(project, extend)
    rows = openrefine.table(project)
    own = [row for row in rows if row["place"] == "Zweistadt"]
    assert [(row["Partner"], row["Partner id"], row["Since"]) for row in own] == [
        ("Harbourstate", "city/harbourstate", "2015-03-01")
    ]
    assert own[0]["Latitude"] == -30.5
    rivermouth = next(place for place, row in enumerate(rows) if row["place"] == "RIVERMOUTH")
    assert [row["Partner id"] for row in rows[rivermouth : rivermouth + 2]] == ["city/obersoed", "city/twinham-east"]
    assert rows[rivermouth]["Wikidata QID"] == "Q4115189"


def test_it_takes_in_what_differs_from_wikidata(openrefine: OpenRefine) -> None:
    """The project of the desk has a row for each difference, matched to Wikidata, and the edits that we propose."""
    ours = [stated("basel", "lyon", "1999-05", "2010"), stated("alm", "basel"), stated("basel", "paris", "1987")]
    theirs = [claim("lyon", "basel"), claim("basel", "Q64"), claim("basel", "paris", start="1990")]
    desk = Desk(compared(ours, theirs, {"basel": "Q78", "lyon": "Q456", "paris": "Q90"}), Iris(CANONICAL))
    project = openrefine.take_in(desk.write("openrefine", desk.lines))
    rows = openrefine.table(project)
    matched = {(row["kind"], row["one id"], row["other id"], row["theirs"]) for row in rows}
    assert ("Missing here", "Q64", "Q78", "Q78 → Q64") in matched
    assert ("Missing on Wikidata", "Q78", None, None) in matched  # Alm has no item
    assert ("Contradictions", "Q78", "Q90", "1990") in matched
    commands = desk.write("quickstatements", desk.lines).decode().splitlines()
    edits = [row for row in rows if row["page"]]
    assert [(row["item id"], row["value id"]) for row in edits] == [tuple(text.split("\t")[:3:2]) for text in commands]
    assert openrefine.quickstatements(project).splitlines() == commands
    assert len(commands) == 3
