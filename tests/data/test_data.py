"""Walks ``data/``: each test is one promise about every record, and its message ends with the repair."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from citygraph import vocab
from data.records import (
    CG,
    DATA,
    DCT,
    ID,
    OA,
    PREF_LABEL,
    ROOT,
    SOURCES,
    TURTLE,
    TYPE,
    before,
    concepts,
    each,
    known,
    no_fault,
    pairs,
    short,
    subjects,
    triples,
    values,
)

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*(#geometry)?")
INFERRED = (
    *("partnerOf", "signatory", "assertedBy"),
    *("partnership", "agreementOf", "eventOf", "participationIn", "memberOf", "initiativeOf", "unitOf"),
)
SUPPORT = ("source/", "evidence/")
"""Kinds that need no evidence: they are what evidence is made of."""


def source_of(file: Path) -> str:
    return f"{ID}source/{file.stem}"


@each(TURTLE)
def test_prefixes_are_the_house_s_own(file: Path) -> None:
    """A file declares just the prefixes it uses, each as the one table of prefixes spells it."""
    text = file.read_text(encoding="utf-8")
    declared = dict(re.findall(r"^@prefix ([a-z-]+): <(.+)> \.$", text, re.MULTILINE))
    body = re.sub(r'"[^"\n]*"|<[^>\n]*>|^[@#].*', " ", text, flags=re.MULTILINE)
    used = {*re.findall(r"(?<![\w-])([a-z][a-z-]*):(?=\w)", body), *re.findall(r"\^\^([a-z]+):", text)}
    assert {name: vocab.prefixes()[name] for name in used} == declared, f"{file.name}: correct its prefixes"


@each(TURTLE)
def test_no_blank_nodes(file: Path) -> None:
    """Everything has an IRI, so that two releases can be compared line by line."""
    nodes = [node for quad in triples(file) for node in (quad.subject, quad.object)]
    no_fault([f"{file.name}: {node}: give it an IRI" for node in nodes if isinstance(node, ox.BlankNode)])


@each(TURTLE)
def test_ids_are_well_formed(file: Path) -> None:
    """An id is a known kind and a name in lower case with hyphens."""
    ours = {short(name) for name in subjects(file)}
    no_fault(
        [
            f"{file.name}: {name}: write <kind>/<name>, lower case with hyphens, a kind of vocab.KINDS"
            for name in ours
            if not NAME.fullmatch(name) or name.split("/")[0] not in vocab.KINDS
        ]
    )


@each(SOURCES)
def test_one_block_per_thing(file: Path) -> None:
    """A thing has one block in a file, so that a reader finds all that the source says of it in one place."""
    heads = Counter(re.findall(r"^([a-z-]+:[a-z0-9-]+) ", file.read_text(encoding="utf-8"), re.MULTILINE))
    no_fault([f"{file.name}: {name}: join its {n} blocks" for name, n in heads.items() if n > 1])


@each(TURTLE)
def test_references_lead_somewhere(file: Path) -> None:
    """Everything of ours that a statement points to is described in some file, or is in a code list."""
    targets = {q.object.value for q in triples(file) if isinstance(q.object, ox.NamedNode)}
    lost = {name for name in targets if name.startswith(ID)} - known()
    no_fault([f"{file.name}: {short(name)} is described nowhere: describe or mend it" for name in lost])


@each(SOURCES)
def test_nothing_inferred_is_written_by_hand(file: Path) -> None:
    """What the rules conclude is not written, so that it can never contradict what it follows from."""
    found = [(name, s) for name in INFERRED for s, _ in pairs(file, CG + name)]
    no_fault([f"{file.name}: {short(s)}: drop cg:{name}, or write its other direction" for name, s in found])


@each(SOURCES)
def test_source_is_declared_and_licensed(file: Path) -> None:
    """A file describes the source it is named after: title, language, licence, day of reading, document."""
    wanted = [f"{DCT}{name}" for name in ("title", "language", "license", "modified")]
    wanted += [f"{CG}{name}" for name in ("sha256", "characters")]
    source = source_of(file)
    declared = [s for s, kind in pairs(file, TYPE) if kind == f"{CG}Source"]
    assert [source] == declared, f"{file.name}: describe {source}"
    no_fault([f"{file.name}: add one {p} to {source}" for p in wanted if len(values(file, source, p)) != 1])


@each(SOURCES)
def test_every_thing_has_evidence_in_its_own_source(file: Path) -> None:
    """Each thing of a source's file points to evidence in that file, taken from that source."""
    evidence = {s for s, source in pairs(file, f"{OA}hasSource") if source == source_of(file)}
    things = {name for name in subjects(file) if not short(name).startswith(SUPPORT)}
    supported = {s for s, target in pairs(file, f"{CG}evidence") if target in evidence}
    unused = evidence - {target for _, target in pairs(file, f"{CG}evidence")}
    no_fault(
        [f"{file.name}: {short(name)}: add cg:evidence of this source" for name in things - supported]
        + [f"{file.name}: {short(name)}: nothing rests on it: point to it or drop it" for name in unused]
    )


@each(SOURCES)
def test_evidence_lies_inside_its_document(file: Path) -> None:
    """A phrase has at most six words, is as long as its offsets say, and ends before the document does."""
    (size,) = values(file, source_of(file), f"{CG}characters")
    faults = []
    for evidence, selector in pairs(file, f"{OA}hasSelector"):
        (exact,), (start,), (end,) = (values(file, selector, f"{OA}{p}") for p in ("exact", "start", "end"))
        if len(exact.split()) > 6:
            faults.append(f"{short(evidence)}: shorten the phrase to six words")
        if int(end) - int(start) != len(exact) or not 0 <= int(start) < int(end) <= int(size):
            faults.append(f"{short(evidence)}: count oa:start and oa:end again, in code points from 0")
    no_fault(faults)


@each(SOURCES)
def test_phrases_stand_in_the_saved_document(file: Path) -> None:
    """Where the saved documents are at hand, each phrase is the text at its place, letter for letter."""
    if "CITYGRAPH_DOCUMENTS" not in os.environ:
        pytest.skip("set CITYGRAPH_DOCUMENTS to the folder of the saved documents: the repository has none")
    folder = Path(os.environ["CITYGRAPH_DOCUMENTS"])
    files = [path for path in folder.iterdir() if path.is_file()]
    documents = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in files}
    (digest,) = values(file, source_of(file), f"{CG}sha256")
    assert digest in documents, f"{folder} holds no document with the checksum of {file.stem}"
    text = documents[digest].read_bytes().decode("utf-8")
    assert [str(len(text))] == values(file, source_of(file), f"{CG}characters")
    faults = []
    for evidence, selector in pairs(file, f"{OA}hasSelector"):
        (exact,), (start,), (end,) = (values(file, selector, f"{OA}{p}") for p in ("exact", "start", "end"))
        if text[int(start) : int(end)] != exact:
            faults.append(f"{short(evidence)}: the document has {text[int(start) : int(end)]!r} there")
    no_fault(faults)


@each(SOURCES)
def test_no_literal_copies_a_sentence(file: Path) -> None:
    """Our own descriptions are our own: none is as long as a page's paragraph."""
    long = [name for name, text in pairs(file, f"{DCT}description") if len(text.split()) > 45]
    no_fault([f"{file.name}: {short(name)}: say it more briefly, in your own words" for name in long])


@each(SOURCES)
def test_dates_are_in_order(file: Path) -> None:
    """Contact comes before the start, the start before the end, and a signing before a renewal."""
    faults = []
    for first, second in (("startDate", "endDate"), ("cooperationSince", "startDate")):
        later = dict(pairs(file, CG + second))
        wrong = [s for s, date in pairs(file, CG + first) if s in later and not before(date, later[s])]
        faults += [f"{file.name}: {short(s)}: {first} lies after {second}: read both again" for s in wrong]
    dates, kinds = dict(pairs(file, f"{CG}date")), set(pairs(file, TYPE))
    for agreement in {s for s, _ in pairs(file, f"{CG}event")}:
        dated = [event for event in values(file, agreement, f"{CG}event") if event in dates]
        renewals = [dates[event] for event in dated if (event, f"{CG}Renewal") in kinds]
        signings = [dates[event] for event in dated if (event, f"{CG}Signing") in kinds]
        if not all(before(signing, renewal) for signing in signings for renewal in renewals):
            faults.append(f"{file.name}: {short(agreement)}: renewed before signed: read the dates again")
    no_fault(faults)


@each(SOURCES)
def test_single_values_are_single(file: Path) -> None:
    """One source gives one value where the ontology says that there is but one."""
    ontology = ROOT / "ontology/citygraph.ttl"
    single = [name for name, kind in pairs(ontology, TYPE) if kind == f"{CG}SingleValued"]
    assert single, "the ontology names no single-valued property: look at cg:SingleValued"
    counts = Counter((s, p) for p in single for s, _ in pairs(file, p))
    no_fault([f"{file.name}: {short(s)}: keep one {short(p)}" for (s, p), n in counts.items() if n > 1])


def test_every_thing_has_one_name_per_language() -> None:
    """Each thing is labelled in English, German and French, once in each."""
    files = (DATA / "labels.ttl", DATA / "places.ttl")
    labels = [q for f in files for q in triples(f) if q.predicate.value == PREF_LABEL]
    named = Counter((q.subject.value, q.object.language) for q in labels)
    languages = ("en", "de", "fr")
    things = {n for f in SOURCES for n in subjects(f) if not short(n).startswith("evidence/")}
    things |= {n for n in subjects(DATA / "places.ttl") if not n.endswith("#geometry")}
    no_fault(
        [f"{short(n)}: add a skos:prefLabel@{lang}" for n in things for lang in languages if not named[n, lang]]
        + [f"{short(n)}: keep one skos:prefLabel@{lang}" for (n, lang), count in named.items() if count > 1]
        + [f"{short(n)}: nothing speaks of it: drop its label" for n in {n for n, _ in named} - things]
    )


def test_places_lie_somewhere() -> None:
    """Every territorial body has coordinates in range, and all but countries a country and a container."""
    file = DATA / "places.ttl"
    geo = "http://www.w3.org/2003/01/geo/wgs84_pos#"
    faults = []
    for name in {s for s, kind in pairs(file, TYPE) if kind.startswith(CG) and kind != f"{CG}Place"}:
        lat, long = (values(file, name, geo + axis) for axis in ("lat", "long"))
        if len(lat) != 1 or len(long) != 1 or not (abs(float(lat[0])) <= 90 and abs(float(long[0])) <= 180):
            faults.append(f"{short(name)}: give one geo:lat and one geo:long, in decimal degrees")
        contained = all(values(file, name, CG + p) for p in ("country", "within"))
        if not short(name).startswith("country/") and not contained:
            faults.append(f"{short(name)}: add cg:country and cg:within")
    no_fault(faults)


def test_every_concept_named_is_in_its_code_list() -> None:
    """A code that a source's file uses is a concept of the list it is named after."""
    lists = {short(name).split("/")[0] for name in concepts()}
    used = {q.object.value for f in SOURCES for q in triples(f) if isinstance(q.object, ox.NamedNode)}
    codes = {n for n in used if n.startswith(ID) and short(n).split("/")[0] in lists}
    no_fault([f"{short(n)}: add it to ontology/concepts/ or use another" for n in codes - concepts()])
