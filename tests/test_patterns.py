"""Regular expressions mean the same in each Python 3.11, that of Debian 12 included."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # the types know none of them
from types import BuiltinMethodType
from typing import Any

import pytest

import citygraph

ANYTHING = "aZ0_ \t\n\r\"'\\<>{}()[]?$:./%#@^-,;é~"
ONE = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY}
SIGNS = {_constants.CATEGORY_DIGIT: "059", _constants.CATEGORY_SPACE: " \n", _constants.CATEGORY_WORD: "aZ0_é"}


def patterns() -> dict[str | bytes, re.Pattern[Any]]:
    """All patterns that stand in a module of ours, themselves or by a method."""
    found = {}
    for module in pkgutil.walk_packages(citygraph.__path__, "citygraph."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                pattern = value.__self__ if isinstance(value, BuiltinMethodType) else value
                if isinstance(pattern, re.Pattern):
                    found[pattern.pattern] = pattern
    return found


def repeats(tree: Any) -> bool:
    """Whether something of more than one sign is repeated possessively."""
    return any(
        (kind is _constants.POSSESSIVE_REPEAT and (len(inner[2]) != 1 or inner[2][0][0] not in ONE))
        or any(repeats(part) for part in _within(inner))
        for kind, inner in tree
    )


def spelt_out(tree: Any) -> Any:
    """The same pattern by atomic groups in the place of possessive quantifiers, which is what those mean."""
    for place, (kind, inner) in enumerate(tree.data):
        for part in _within(inner):
            spelt_out(part)
        if kind is _constants.POSSESSIVE_REPEAT:
            greedy = _parser.SubPattern(tree.state, [(_constants.MAX_REPEAT, inner)])
            tree.data[place] = (_constants.ATOMIC_GROUP, greedy)
    return tree


def text(tree: Any, chance: random.Random) -> str:
    """A text that the pattern may match, or nearly so."""
    pieces = []
    for kind, inner in tree:
        match kind:
            case _constants.LITERAL:
                pieces.append(chr(inner))
            case _constants.IN:
                pieces.append(_sign(chance.choice(inner), chance))
            case _constants.BRANCH:
                pieces.append(text(chance.choice(inner[1]), chance))
            case _constants.MAX_REPEAT | _constants.POSSESSIVE_REPEAT:
                pieces += [
                    text(inner[2], chance) for _ in range(inner[0] + chance.randrange(min(4, inner[1] - inner[0] + 1)))
                ]
            case _constants.SUBPATTERN | _constants.ATOMIC_GROUP:
                pieces.append(text(_within(inner)[0], chance))
            case _constants.NOT_LITERAL | _constants.ANY:
                pieces.append(chance.choice(ANYTHING))
    return "".join(pieces)


def _sign(row: Any, chance: random.Random) -> str:
    kind, inner = row
    if kind is _constants.RANGE:
        return chr(chance.choice((inner[0], inner[1], (inner[0] + inner[1]) // 2)))
    return chr(inner) if kind is _constants.LITERAL else chance.choice(SIGNS.get(inner, ANYTHING))


def _within(inner: Any) -> list[Any]:
    """The patterns within a part."""
    rows = inner if isinstance(inner, tuple | list) else [inner]
    found = [row for row in rows if isinstance(row, _parser.SubPattern)]
    return found + [part for row in rows if isinstance(row, list) for part in _within(row)]


@pytest.mark.parametrize(
    "pattern", [row for row in patterns().values() if repeats(_parser.parse(row.pattern, row.flags))]
)
def test_what_is_repeated_possessively_gives_back_what_failed(pattern: re.Pattern[Any]) -> None:
    """On texts that nearly match it matches what the pattern with atomic groups matches, group for group."""
    chance = random.Random(8)
    tree = _parser.parse(pattern.pattern, pattern.flags)
    meant = _compiler.compile(spelt_out(_parser.parse(pattern.pattern, pattern.flags)))
    for _ in range(3_000):
        line = text(tree, chance)
        place = chance.randrange(len(line) + 1)
        line = line[:place] + chance.choice(("", chance.choice(ANYTHING), line[place + 1 :], line)) + line[place:]
        said = line.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else line
        for ours, theirs in zip(
            (pattern.match(said), pattern.fullmatch(said), pattern.search(said)),
            (meant.match(said), meant.fullmatch(said), meant.search(said)),
            strict=True,
        ):
            assert (ours and (ours.span(), ours.groups())) == (theirs and (theirs.span(), theirs.groups())), said
