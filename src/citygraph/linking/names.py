"""Brings spellings of a name together, in any language and script, and takes names apart.

``Zürich``, ``Zurich`` and ``Zuerich`` have one key; ``Kanton Zürich`` is a canton, and its core is ``zurich``;
``Halle (Saale)`` has the head ``halle`` and the qualifier ``Saale``. What counts as such a word stands in
``linking/words.toml``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from anyascii import anyascii
from rapidfuzz import fuzz

from citygraph.errors import SourceError
from citygraph.search import fold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_QUALIFIED = re.compile(
    r"\s*(?P<head>[^(),]+?)\s*(?:\((?P<inner>[^()]+)\)|,\s*(?P<behind>[^,]+(?:,.*)?)|(?<=[^\sA-Z])\s+(?P<code>[A-Z]{2}))\s*"
)
_OTHERWISE = re.compile(r"\s*/\s*|\s+[–—]\s+")
LONGEST = 200
"""How many characters of a name are read: no place has more, and likeness takes the square of them."""
HEAD, CORE, HALF = 0.97, 0.95, 0.97
"""What a name is worth without its qualifier, without the word for its kind, and as one of two names."""


@dataclass(frozen=True)
class Words:
    """The tables of ``linking/words.toml``."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    """The class that a word in a name stands for."""
    joints: frozenset[str] = frozenset()
    same: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    distance: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Mapping[str, Any]) -> Words:
        """Turn the tables of the file around, so that words are looked up."""
        return cls(
            kinds={word: kind for kind, words in tables["kinds"].items() for word in words},
            joints=frozenset(tables["joints"]["words"]),
            same={word: first for first, words in tables["same"].items() for word in words},
            levels={kind: level for level, kinds in tables["levels"].items() for kind in kinds},
            distance={level: (near, far) for level, (near, far) in tables["distance"].items()},
        )

    @classmethod
    def read(cls, path: Path) -> Words:
        """Read the file; what is missing or not of its kind is an error with its remedy."""
        try:
            return cls.of(tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, AttributeError, ValueError) as error:
            remedy = "it has the tables kinds, joints, same, levels and distance; docs/linking.md says what they hold"
            raise SourceError(path, f"this table of words cannot be read ({error!r})", remedy) from None

    def key(self, text: str) -> str:
        """Bring spellings and scripts together.

        >>> Words().key("Zürich") == Words().key("Zuerich") == "zurich"
        True
        >>> Words().key("Москва")
        'moskva'
        """
        return " ".join(self.same.get(word, word) for word in fold(anyascii(text[:LONGEST])).split())


@dataclass(frozen=True)
class Reading:
    """A name taken apart."""

    text: str
    words: Words

    @cached_property
    def _parts(self) -> tuple[str, str]:
        match = _QUALIFIED.fullmatch(self.text[:LONGEST])
        return (
            (match["head"], match["inner"] or match["behind"] or match["code"]) if match else (self.text[:LONGEST], "")
        )

    @property
    def qualifier(self) -> str:
        """What stands behind the name, in brackets or not: ``Saale`` in ``Halle (Saale)``, ``BE`` in ``Biel BE``."""
        return self._parts[1]

    @cached_property
    def qualifier_kind(self) -> str | None:
        """The class that the qualifier stands for: ``Canton`` in ``Zürich (Kanton)``."""
        return self.words.kinds.get(self.words.key(self.qualifier))

    @cached_property
    def _core(self) -> tuple[str, str | None]:
        """The key without the word for its kind, and the class that the word stands for."""
        words = self.words.key(self._parts[0]).split()
        for turned in (False, True):
            rest = words[::-1] if turned else words[:]
            taken: list[str] = []
            while len(rest) > 1 and (rest[0] in self.words.kinds or rest[0] in self.words.joints):
                taken.append(rest.pop(0))
            if kinds := [self.words.kinds[word] for word in taken if word in self.words.kinds]:
                return " ".join(rest[::-1] if turned else rest), kinds[-1]
        return " ".join(words), None

    @property
    def core(self) -> str:
        """The key without the word for its kind: ``zurich`` of ``Kanton Zürich``."""
        return self._core[0]

    @property
    def kind(self) -> str | None:
        """The class that a word of the name stands for: ``Canton`` in ``Kanton Zürich``."""
        return self.qualifier_kind or self._core[1]

    @cached_property
    def spellings(self) -> dict[str, float]:
        """The keys under which the name is found, with what each is worth, from 0 to 1."""
        keys = {self.words.key(self.text): 1.0}
        halves = _OTHERWISE.split(self._parts[0])
        rest = {self.words.key(self._parts[0]): HEAD, self._core[0]: CORE}
        rest |= {self.words.key(half): HALF for half in halves if len(halves) > 1}
        for key, worth in rest.items():
            keys.setdefault(key, worth)
        return {key: worth for key, worth in keys.items() if key}


def likeness(one: str, other: str) -> float:
    """Tell from 0 to 1 how alike two keys are.

    Words in another order cost little, missing words more: ``frankfurt`` is like ``frankfurt am main``, but not it.
    """
    if one == other:
        return 1.0
    same = max(fuzz.ratio(one, other), 0.98 * fuzz.token_sort_ratio(one, other)) / 100
    first, second = one.split(), other.split()
    if first and second and first[0] == second[0] and (set(first) <= set(second) or set(second) <= set(first)):
        same = max(same, 0.86)
    return min(same, 0.98)
