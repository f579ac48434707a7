"""When two texts ask the same: never by mistake."""

from __future__ import annotations

import random

import pyoxigraph as ox
import pytest

from citygraph.likeness import is_volatile, normalised

HASH = "<http://example.org/ns#type>"


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ ?s {HASH} ?o }}",
        f"SELECT *\n{{ ?s   {HASH}\t?o\r\n}}",
        f"# a comment\nSELECT * # another {HASH} 'with' \"quotes\n{{ ?s {HASH} ?o }} # the end",
    ],
)
def test_gaps_and_comments_make_no_difference(text: str) -> None:
    """Spacing, line ends and comments are one space."""
    assert normalised(text) == f"SELECT * {{ ?s {HASH} ?o }}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('ASK { ?s ?p "a b" }', 'ASK { ?s ?p "a  b" }'),
        ("ASK { ?s ?p 'a#b' }", "ASK { ?s ?p 'a#c' }"),
        ('ASK { ?s ?p """a\n"#b""" }', 'ASK { ?s ?p """a "#b""" }'),
        ("ASK { ?s ?p '''a'#  b''' }", "ASK { ?s ?p '''a'# b''' }"),
        ('ASK { ?s ?p "a\\"  #b" }', 'ASK { ?s ?p "a\\" #b" }'),
        ("ASK { ?s <http://a/#b> ?o }", "ASK { ?s <http://a/#c> ?o }"),
        ("PREFIX e: <http://e/> ASK { ?s e:a\\#b ?o }", "PREFIX e: <http://e/> ASK { ?s e:a\\#c ?o }"),
        ("PREFIX e: <http://e/> ASK { ?s e:a\\'b  'c  d' }", "PREFIX e: <http://e/> ASK { ?s e:a\\'b  'c d' }"),
        # Less-than, a name and a comment, or an IRI: only a grammar tells.
        ("PREFIX y: <y:> ASK { FILTER(?x<y:a#>\n&& true) }", "PREFIX y: <y:> ASK { FILTER(?x<y:a#> && true) }"),
        ("ASK { FILTER(1<'a>' && ?y = 'p  q') }", "ASK { FILTER(1<'a>' && ?y = 'p q') }"),
    ],
)  # fmt: skip
def test_different_questions_never_become_one(one: str, other: str) -> None:
    """Strings, IRIs and escapes keep every sign; a text whose reading is in doubt stands for itself."""
    assert normalised(one) != normalised(other)


def test_a_normalised_text_has_the_answer_of_the_text() -> None:
    """For texts put together at random, the engine gives both the same answer, or refuses both."""
    store, chance = ox.Store(), random.Random(7)
    store.load('<http://e/a> <http://e/#p> "x  # y", "z", 1 .', format=ox.RdfFormat.TURTLE)
    parts = [" ", "\n", "  ", "# c\n", "#'\n", '#"\n', "?s", "<http://e/#p>", "?o", ".", "<", ">", "1", "<e#>", "<'>"]
    parts += ['"x  # y"', "'z'", '"""x  # y"""', "FILTER(", ")", "=", "&&", "e:p", "e:\\#", "'", '"']
    answered = 0
    for _ in range(3000):
        body = "".join(chance.choices(parts, k=chance.randint(1, 8)))
        text = f"PREFIX e:<http://e/#>SELECT*{{?s <http://e/#p> ?o{body}}}"
        assert outcome(store, text) == outcome(store, normalised(text)), text
        answered += outcome(store, text) is not None
    assert answered > 100


def outcome(store: ox.Store, text: str) -> list[str] | None:
    try:
        return sorted(str(row) for row in store.query(text))
    except (SyntaxError, RuntimeError):
        return None


@pytest.mark.parametrize("text", ["SELECT (now() AS ?n) {}", "ASK { BIND(StrUUID() AS ?x) }", "ASK{FILTER(RAND()<1)}"])
def test_volatile_texts(text: str) -> None:
    """A text that asks for time or chance has no lasting answer; a name that only holds such a word has."""
    assert is_volatile(text)
    assert not is_volatile("SELECT ?knowledge ?brand { ?knowledge ?brand 'unknown' }")
