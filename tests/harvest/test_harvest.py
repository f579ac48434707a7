"""Harvest-check finds nothing on our own catalogues, and each of the faults planted in a copy, with its remedy."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from citygraph.cli import main
from citygraph.harvest.commands import judge, profile_of
from citygraph.harvest.fetch import harvest
from citygraph.harvest.links import follow
from citygraph.harvest.parser import Unread
from citygraph.harvest.score import FULL, MEASURES
from citygraph.release import VIEWS, Releases
from citygraph.web.app import create_app
from servers import hosting
from servers import misbehaving as serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citygraph.harvest.finding import Finding
    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

DCT, DCAT, FOAF = "http://purl.org/dc/terms/", "http://www.w3.org/ns/dcat#", "http://xmlns.com/foaf/0.1/"
VCARD, SPDX = "http://www.w3.org/2006/vcard/ns#", "http://spdx.org/rdf/terms#"
XSD = "http://www.w3.org/2001/XMLSchema#"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
WHOLE = "<https://w3id.org/citygraph/dataset/citygraph>"
FILE = "<https://w3id.org/citygraph/dataset/citygraph#citygraph.ttl>"


def without(subject: str, term: str) -> Callable[[str], str]:
    """Drop what is said of a thing by a property."""
    return lambda text: re.sub(rf"^{re.escape(subject)} <{re.escape(term)}> .*\n", "", text, flags=re.MULTILINE)


def saying(subject: str, term: str, value: str) -> Callable[[str], str]:
    """Say something else."""
    return lambda text: without(subject, term)(text) + f"{subject} <{term}> {value} .\n"


def adding(subject: str, term: str, value: str) -> Callable[[str], str]:
    """Say something more."""
    return lambda text: text + f"{subject} <{term}> {value} .\n"


def turning(old: str, new: str) -> Callable[[str], str]:
    """Replace a text everywhere."""
    return lambda text: text.replace(old, new)


CONTACT, PUBLISHER = (f"<https://w3id.org/citygraph/catalog#{name}>" for name in ("contact", "publisher"))
CATALOG = "<https://w3id.org/citygraph/catalog>"

FAULTS = {
    "catalogue without a title": ("eu", without(CATALOG, f"{DCT}title"), "dct:title is missing", "give the catalogue"),
    "catalogue without a publisher": (
        "eu",
        without(CATALOG, f"{DCT}publisher"),
        "dct:publisher is missing",
        "name who",
    ),
    "no catalogue": (
        "eu",
        turning(f"<{DCAT}Catalog>", f"<{DCAT}Resource>"),
        "no dcat:Catalog",
        "describe the catalogue",
    ),
    "data set not listed": (
        "eu",
        lambda text: text.replace(f"{CATALOG} <{DCAT}dataset> {WHOLE} .\n", ""),
        "no catalogue leads to the data set",
        "list it",
    ),
    "data set without a description": (
        "eu",
        without(WHOLE, f"{DCT}description"),
        "dct:description is missing",
        "say in",
    ),
    "two publishers": ("eu", adding(WHOLE, f"{DCT}publisher", CONTACT), "dct:publisher is there more", "keep one"),
    "identifier that is an IRI": (
        "eu",
        saying(WHOLE, f"{DCT}identifier", WHOLE),
        "dct:identifier is no text",
        "a text",
    ),
    "identifier twice": (
        "eu",
        saying("<https://w3id.org/citygraph/dataset/links>", f"{DCT}identifier", '"citygraph"'),
        "overwrite each other",
        "an identifier of its own",
    ),
    "theme in words": (
        "eu",
        saying(WHOLE, f"{DCAT}theme", '"Government"'),
        "not of the code list",
        f"{AUTHORITY}data-theme",
    ),
    "frequency in words": (
        "eu",
        saying(WHOLE, f"{DCT}accrualPeriodicity", '"yearly"'),
        "not of the code",
        "frequency/",
    ),
    "language as a code": ("eu", saying(WHOLE, f"{DCT}language", '"de"'), "not of the code list", "language/"),
    "date in words": ("eu", saying(WHOLE, f"{DCT}modified", '"yesterday"'), "dct:modified is no date", "xsd:date"),
    "landing page as a text": ("eu", saying(WHOLE, f"{DCAT}landingPage", '"http://x"'), "is no IRI", "write an IRI"),
    "no contact": ("eu", without(WHOLE, f"{DCAT}contactPoint"), "dcat:contactPoint is missing", "vCard"),
    "contact without an address": ("eu", without(CONTACT, f"{VCARD}hasURL"), "neither vcard:hasEmail", "contact_email"),
    "publisher without a name": ("eu", without(PUBLISHER, f"{FOAF}name"), "foaf:name is missing", "give the name"),
    "file without an address": (
        "eu",
        without(FILE, f"{DCAT}accessURL"),
        "dcat:accessURL is missing",
        "give the address",
    ),
    "format in words": ("eu", saying(FILE, f"{DCT}format", '"Turtle"'), "not of the code list", "file-type/"),
    "media type in words": (
        "eu",
        saying(FILE, f"{DCAT}mediaType", '"text/turtle"'),
        "not of the code list",
        "iana.org",
    ),
    "size with a unit": ("eu", saying(FILE, f"{DCAT}byteSize", '"3 MB"'), "dcat:byteSize is no", "a whole number"),
    "checksum in words": (
        "eu",
        saying(f"{FILE[:-1]}-checksum>", f"{SPDX}checksumValue", '"abc"'),
        "spdx:checksumValue is no",
        "hexadecimal",
    ),
    "distribution without a name": (
        "eu",
        lambda text: text.replace(f"{FILE} ", "_:file ").replace(f" {FILE} .", " _:file ."),
        "dcat:distribution is no IRI",
        "blank node",
    ),
    "two titles in one language": (
        "eu",
        adding(WHOLE, f"{DCT}title", '"another name"@en'),
        "two titles in one language",
        "a portal takes any",
    ),
    "checksum of an odd length": (
        "eu",
        saying(f"{FILE[:-1]}-checksum>", f"{SPDX}checksumValue", f'"abc"^^<{XSD}hexBinary>'),
        "not in hexadecimal",
        "two digits",
    ),
    "two sizes": ("eu", adding(FILE, f"{DCAT}byteSize", f'"7"^^<{XSD}nonNegativeInteger>'), "there more than", "keep"),
    "publisher that is only a name": ("eu", saying(WHOLE, f"{DCT}publisher", '"the city"'), "foaf:Agent", "foaf:name"),
    "place that is only a name": ("eu", saying(WHOLE, f"{DCT}spatial", '"Basel"'), "dct:spatial is no IRI", "an IRI"),
    "years in words": ("eu", saying(WHOLE, f"{DCT}temporal", '"since 1950"'), "dct:PeriodOfTime", "dcat:startDate"),
    "file that is not described": (
        "eu",
        adding(WHOLE, f"{DCAT}distribution", "<http://x/f>"),
        "not described as a dcat:Distribution",
        "describe the file",
    ),
    "GovData: two licences": (
        "de",
        adding(FILE, f"{DCT}license", "<http://dcat-ap.de/def/licenses/x>"),
        "more than",
        "",
    ),
    "GovData: a foreign taxonomy": (
        "de",
        saying(CATALOG, f"{DCAT}themeTaxonomy", "<http://x/themes>"),
        "not the EU's",
        "data-theme",
    ),
    "opendata.swiss: contact of no kind": (
        "ch",
        turning(f"<{VCARD}Organization>", f"<{VCARD}Group>"),
        "neither a vcard:Organization",
        "say which",
    ),
    "opendata.swiss: file that leads to the service": (
        "ch",
        adding(FILE, f"{DCAT}accessService", "<https://w3id.org/citygraph/sparql#service>"),
        "opendata.swiss drops it",
        "dcat:servesDataset",
    ),
    "opendata.swiss: standard in words": (
        "ch",
        saying(WHOLE, f"{DCT}conformsTo", '"DCAT"'),
        "opendata.swiss drops",
        "write an IRI",
    ),
    "GovData: a foreign licence": (
        "de",
        saying(FILE, f"{DCT}license", "<http://x/l>"),
        "dct:license is not",
        "dcat-ap.de",
    ),
    "GovData: no licence": ("de", without(FILE, f"{DCT}license"), "dct:license is missing", "dcat-ap.de/def/licenses"),
    "opendata.swiss: licences differ": (
        "ch",
        saying(FILE, f"{DCT}license", "<http://dcat-ap.ch/vocabulary/licenses/terms_by>"),
        "different licences",
        "one licence",
    ),
    "opendata.swiss: no organisation": ("ch", turning("@citygraph", ""), "not of the form", "organisation"),
    "opendata.swiss: no day": ("ch", without(FILE, f"{DCT}issued"), "dct:issued is missing", "day of publication"),
}
"""Each fault: the profile that minds it, how it is planted, what is said of it, and what of the remedy."""

LESSER = {
    "no theme": ("eu", without(WHOLE, f"{DCAT}theme"), "dcat:theme is missing", "EU's themes"),
    "unknown frequency": (
        "eu",
        saying(WHOLE, f"{DCT}accrualPeriodicity", f"<{AUTHORITY}frequency/SOMETIMES>"),
        "none of the frequencies",
        "look it up",
    ),
    "licence by its deed": (
        "eu",
        saying(FILE, f"{DCT}license", "<https://creativecommons.org/publicdomain/zero/1.0/>"),
        "dct:license is not of the code list",
        "authority/licence",
    ),
    "licence by https": (
        "eu",
        saying(FILE, f"{DCT}license", "<https://publications.europa.eu/resource/authority/licence/CC0>"),
        "dct:license is not of the code list",
        "authority/licence",
    ),
    "GovData: a checksum of the old list": (
        "de",
        saying(f"{FILE[:-1]}-checksum>", f"{SPDX}algorithm", "<http://dcat-ap.de/def/hashAlgorithms/SHA-256>"),
        "has given up",
        "checksumAlgorithm_sha256",
    ),
    "opendata.swiss: keywords without a language": (
        "ch",
        adding(WHOLE, f"{DCAT}keyword", '"towns"'),
        "no language tag",
        "its language",
    ),
}
"""Faults by which nothing is refused, but something is lost."""


def view(release: Release, profile: str) -> str:
    return (release.folder / VIEWS / f"{profile}.nt").read_text("utf-8")


@pytest.mark.parametrize("profile", ["eu", "de", "ch"])
def test_our_own_catalogues_have_no_fault(world: Release, repository: Repository, profile: str) -> None:
    """No violation in the catalogue of any portal, and all points in the one that is scored."""
    path = world.folder / VIEWS / f"{profile}.nt"
    verdict = judge(str(path), profile, repository.profiles / "shapes", links=False)
    assert [row for row in verdict.findings if row.severity == "violation"] == []
    assert profile != "eu" or (verdict.score.points, verdict.score.missing) == (FULL, [])
    assert sum(row.points for row in MEASURES) == FULL


@pytest.mark.parametrize("name", [*FAULTS, *LESSER])
def test_a_planted_fault_is_found(world: Release, repository: Repository, tmp_path: Path, name: str) -> None:
    """Each fault is told as a violation, a lesser one as a warning, with what to do."""
    profile, plant, problem, remedy = (FAULTS | LESSER)[name]
    text = view(world, profile)
    broken = plant(text)
    assert broken != text, "the fault was not planted"
    path = tmp_path / "catalogue.nt"
    path.write_text(broken, "utf-8")
    verdict = judge(str(path), profile, repository.profiles / "shapes", links=False)
    told_of = [row for row in verdict.findings if row.severity == ("violation" if name in FAULTS else "warning")]
    assert any(problem in row.problem and remedy in row.remedy for row in told_of), told_of


@pytest.mark.parametrize("measure", ["keyword", "theme", "spatial", "temporal", "licence", "size", "rights", "contact"])
def test_a_missing_point_is_named(world: Release, repository: Repository, tmp_path: Path, measure: str) -> None:
    """What a measure asks for is dropped, and the score names it with the points lost."""
    terms = {"licence": "license", "size": "byteSize", "contact": "contactPoint"}
    text = re.sub(rf"^.*[/#]{terms.get(measure, measure)}> .*\n", "", view(world, "eu"), flags=re.MULTILINE)
    path = tmp_path / "catalogue.nt"
    path.write_text(text, "utf-8")
    found = judge(str(path), "eu", repository.profiles / "shapes", links=False).score
    (points,) = (row.points for row in MEASURES if row.name == measure)
    assert (measure, points) in [(name, lost) for name, lost, _, _ in found.missing]
    assert found.points <= FULL - points


def told(findings: list[Finding]) -> set[str]:
    return {row.rule for row in findings}


TURTLE = f"<http://x/catalog> a <{DCAT}Catalog> ; <{DCAT}dataset> <http://x/d> . <http://x/d> a <{DCAT}Dataset> .\n"


def test_a_page_instead_of_data_is_told() -> None:
    """HTML for */* is what makes a harvester find nothing; so is RDF under a wrong type."""
    with serving({"/catalog": (200, "text/html", TURTLE.encode())}) as site:
        assert told(harvest(f"{site}/catalog").findings) == {"media-type"}
    with serving({"/catalog": (200, "text/html", b"<!doctype html><p>hello")}) as site, pytest.raises(Unread):
        harvest(f"{site}/catalog")


@pytest.mark.parametrize(("status", "rules"), [(405, set()), (400, set()), (500, {"head"}), (404, {"head"})])
def test_head_goes_before_get(status: int, rules: set[str]) -> None:
    """405 and 400 to HEAD are tolerated, as CKAN does; anything else ends the harvest there."""
    with serving({"/catalog": (200, "text/turtle", TURTLE.encode())}, head=status) as site:
        assert told(harvest(f"{site}/catalog").findings) == rules


def test_a_catalogue_above_50_megabytes_is_told() -> None:
    """CKAN's harvester stops there, and so do we."""
    table = {"/catalog": (200, "text/turtle", b" " * (50 * 2**20 + 1))}
    with serving(table) as site, pytest.raises(Unread, match="page by page"):
        harvest(f"{site}/catalog")


def test_paging_that_never_ends_is_told() -> None:
    """A page that leads to itself, or tells the same again, ends the harvest with a finding."""
    hydra = "http://www.w3.org/ns/hydra/core#"

    def page(following: str, dataset: str = "http://x/d") -> tuple[int, str, bytes]:
        text = TURTLE.replace("http://x/d", dataset) + f"<http://x/page> <{hydra}next> <{following}> .\n"
        return 200, "text/turtle", text.encode()

    at: dict[str, tuple[int, str, bytes]] = {}
    with serving(at) as site:
        at["/catalog"] = page(f"{site}/catalog")
        assert told(harvest(f"{site}/catalog").findings) == {"paging-loop"}
        at |= {"/catalog": page(f"{site}/catalog?page=2"), "/catalog?page=2": page(f"{site}/catalog?page=3")}
        assert told(harvest(f"{site}/catalog").findings) == {"paging-repeats"}
        at |= {"/catalog": page(f"{site}/catalog?page=2"), "/catalog?page=2": page(f"{site}/gone", "http://x/e")}
        broken = harvest(f"{site}/catalog")
        assert told(broken.findings) == {"head", "paging-broken"}
        assert broken.subjects("dcat:Dataset") == ["http://x/d", "http://x/e"]
        at["/catalog"] = page("file:///etc/passwd")
        assert told(harvest(f"{site}/catalog").findings) == {"paging-broken"}


def test_a_broken_link_is_told_and_costs_points(repository: Repository) -> None:
    """A file that is not there, or has another size, is told once; its points are lost."""
    rows = (
        f"<http://x/d> <{DCAT}distribution> <http://x/f> . <http://x/f> a <{DCAT}Distribution> ; "
        f"<{DCAT}accessURL> <SITE/there> ; <{DCAT}downloadURL> <SITE/gone> ; "
        f'<{DCAT}byteSize> "7"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger> .'
    )
    table = {"/there": (200, "text/plain", b"12345")}
    with serving(table) as site:
        table["/catalog"] = (200, "text/turtle", (TURTLE + rows.replace("SITE", site)).encode())
        problems = " ".join(row.problem for _, row in follow(harvest(f"{site}/catalog")))
        assert "gone is answered 404" in problems
        assert "there has 5 bytes, not 7" in problems
        verdict = judge(f"{site}/catalog", "eu", repository.profiles / "shapes", links=True)
    assert "download-url-answers" in {row[0] for row in verdict.score.missing}


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    """A file that is not there, no RDF, or no address: one sentence each, with exit code 1."""
    (tmp_path / "bad.ttl").write_text("<a> <b>", "utf-8")
    for where in (str(tmp_path / "none.ttl"), str(tmp_path / "bad.ttl"), "ftp://example.org/catalog"):
        done = CliRunner().invoke(main, ["harvest-check", where])
        assert done.exit_code == 1
        assert done.output.startswith("citygraph: ")


def test_the_command_prints_for_people_and_programs(world: Release, tmp_path: Path) -> None:
    """Findings with remedies, the points, and exit code 1 only where there is a violation."""
    path = world.folder / VIEWS / "eu.nt"
    fine = CliRunner().invoke(main, ["harvest-check", str(path)])
    assert (fine.exit_code, "405 of 405 points (excellent)" in fine.output) == (0, True)
    (tmp_path / "c.nt").write_text(without(WHOLE, f"{DCAT}contactPoint")(view(world, "eu")), "utf-8")
    broken = CliRunner().invoke(main, ["harvest-check", str(tmp_path / "c.nt"), "--json"])
    found = json.loads(broken.output)
    assert (broken.exit_code, found["of"]) == (1, FULL)
    assert {"contact", "conforms"} <= {row["measure"] for row in found["missing"]}
    assert all(row["remedy"] for row in found["findings"])


@pytest.mark.parametrize(("path", "profile"), [("/catalog", "eu"), ("/catalog/de", "de"), ("/catalog-ch.rdf", "ch")])
def test_the_address_tells_the_profile(path: str, profile: str) -> None:
    """Ours are known by their addresses."""
    assert profile_of(f"https://example.org{path}") == profile


def test_our_own_site_is_harvested_page_by_page_with_every_link(
    world: Release, settings: Settings, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real server, asked as harvesters do: nothing to mend, every link answers, all 405 points."""
    monkeypatch.setattr("citygraph.web.portal.SIZE", 4)
    app = create_app(settings, Releases(world.folder.parent), repository)
    with hosting(app) as address:
        verdict = judge(f"{address}/catalog.ttl?page=1", "eu", repository.profiles / "shapes", links=True)
    assert [row for row in verdict.findings if row.severity == "violation"] == []
    assert verdict.score.points == FULL
    assert verdict.datasets > 8
