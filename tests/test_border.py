"""Texts at the border of what is answered without a worker get the engine's answer, or its error."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph import lookups
from citygraph.backend import Embedded
from citygraph.formats import RESULTS, by_name
from citygraph.tokens import ADDRESS
from citygraph.workers import Forms, Limits

if TYPE_CHECKING:
    from citygraph.release import Release

FORMS = Forms(RESULTS[0], RESULTS[0], by_name("ntriples"))
HEADS = {
    "cg": "https://w3id.org/citygraph/ontology#",
    "c": "https://w3id.org/citygraph/id/city/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "": "https://w3id.org/citygraph/id/",
}
ODD_HEADS = (
    *("PREFIX z: <http://[>", "PREFIX z: <http://a/%zz>", "PREFIX z: <>", "PREFIX c: <http://other/>", "BASE <http://b/>"),
    *("PREFIX c: <https://w3id.org/citygraph/id/x/../city/>", "PREFIX z: <http://a\\u0062>", "PREFIX a.b: <http://a/>"),
)  # fmt: skip
ODD_SIGNS = (
    *("%", "%zz", "%2", "%20", "#", "##", "?", ".", "..", "//", "/.", "/..", "[", "]", ":", "\\", "|", "^", "{"),
    *("'", "(", "\x7f", "\u00e9", "\ue000", "\ufffe", "\\u0061"),
)  # fmt: skip
ODD_NAMES = (
    *("<http://[bad>", "<http://a:x/b>", "<http://>", "<http:x>", "<>", "<relative>", "<urn:x>", "<HTTP://a/>"),
    *("_:b", "[]", "1", "true", "'x'"),
)
GAPS = ("  ", "\n", "\t", "\r\n", " # {\n", "#\r", "", "\u00a0", "\x0c")
ENDS = (
    *("", "", " LIMIT 0", " LIMIT 1", " limit 3", " LIMIT 400", " LIMIT 99999999999", " OFFSET 1", " LIMIT 2 OFFSET 1"),
)  # fmt: skip


class Chance(random.Random):
    """Makes texts, most of them with an oddity or two."""

    def odd(self, share: float) -> bool:
        """Whether something is to be odd here."""
        return self.random() < share

    def name(self, iri: str) -> str:
        """An IRI in one of its spellings, or what is none."""
        head = next((row for row in HEADS.items() if iri.startswith(row[1]) and len(iri) > len(row[1])), None)
        if self.odd(0.1):
            place = self.randrange(len(iri) + 1)
            return f"<{iri[:place]}{self.choice(ODD_SIGNS)}{iri[place:]}>"
        if self.odd(0.03):
            return self.choice(ODD_NAMES)
        return f"{head[0]}:{iri[len(head[1]) :]}" if head and self.odd(0.6) else f"<{iri}>"

    def text(self, triple: tuple[str, str, str]) -> str:
        """A query with one pattern, in which some of a triple stand."""
        subject, term, value = triple
        places = [
            self.name(subject) if self.odd(0.9) else "?s",
            self.choice(("?p", "?p", "a", self.name(term))),
            "?o" if self.odd(0.7) else self.name(value[1:-1]) if value[0] == "<" else value,
        ]
        names = [row for row in places if row[0] == "?"]
        chosen = self.choice(("*", " ".join(names), " ".join(reversed(names)), "?o ?x", "?p ?p", "DISTINCT *"))
        heads = [f"PREFIX {name}: <{iri}>" for name, iri in HEADS.items()]
        if self.odd(0.2):
            heads.insert(self.randrange(len(heads) + 1), self.choice(ODD_HEADS))
        body = " ".join(places) + self.choice(("", " .", ".", " ; ?q ?r") if self.odd(0.3) else ("",))
        text = f"{' '.join(heads)} SELECT {chosen or '*'} {{ {body} }}{self.choice(ENDS)}"
        if not self.odd(0.3):
            return text
        place = self.choice([found.start() for found in re.finditer(" ", text)])
        return f"{text[:place]}{self.choice(GAPS)}{text[place + 1 :]}"


def told(body: bytes) -> tuple[list[str], Counter[str]]:
    """The variables of a result, and its rows in no order."""
    found = json.loads(body)
    return found["head"]["vars"], Counter(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"])


@pytest.mark.parametrize("number", range(3))
def test_what_is_answered_is_the_answer_of_the_engine(world: Release, number: int) -> None:
    """Of texts made by chance, each that is answered here has the engine's variables and rows, and none is wrong."""
    chance, engine, answered = Chance(number), world.store.engine, 0
    near = Embedded().lookups(world, Limits())
    triples = [
        tuple(map(str, quad.triple))
        for quad in engine.quads_for_pattern(None, None, None, ox.DefaultGraph())
        if isinstance(quad.subject, ox.NamedNode)
    ]
    for _ in range(4_000):
        subject, term, value = chance.choice(triples)
        text = chance.text((subject[1:-1], term[1:-1], value))
        lookup = lookups.read(text)
        found = near.ask(lookup, FORMS) if lookup else None
        if found is not None:
            answered += 1
            asked = engine.query(text, base_iri=f"{world.base_iri}sparql")  # which raises what the parser finds
            assert told(found.body) == told(asked.serialize(format=ox.QueryResultsFormat.JSON)), text
    assert answered > 400


def test_an_address_is_an_iri_that_means_itself() -> None:
    """What is taken for an IRI without its parser, the parser takes as it is, also with a name behind it."""
    chance, pattern, store, found = random.Random(3), re.compile(ADDRESS), ox.Store(), 0
    for _ in range(20_000):
        start = chance.choice(("http://", "https://", "http:", "http://a", "http://a:8", "http://a/", "https://a.b/c"))
        iri = start + "".join(chance.choices("abZ09.-_~!$&'()*+,;=:@/?#%4f[]\u00e9", k=chance.randrange(9)))
        if pattern.fullmatch(iri):
            found += 1
            for name in (iri, f"{iri}Ab-_9"):
                rows = store.query(f"SELECT ?x {{ BIND(<{name}> AS ?x) }}", base_iri="http://z/q")
                assert [row["x"].value for row in rows] == [name]
    assert found > 1_000
