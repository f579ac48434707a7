"""Draws conclusions: the ontology's OWL 2 RL axioms and the rules of ``queries/rules`` in turn, until nothing new appears.

The axioms run as SQL joins (:mod:`citygraph.build.owl`) on numbered terms, semi-naively: each round joins only what
the round before has found. The reference is owlrl, which tests compare with and a setting selects. Literals are opaque
texts for both: nothing is concluded about a literal, and ``"01"`` is never taken for ``"1"``.

Whatever moves between the engines, the rules and the store moves as files of N-Triples lines, since there may be
millions of them.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

import duckdb
import owlrl
import pyoxigraph as ox
from rdflib import BNode, Graph, URIRef

from citygraph.build.owl import TABLES, TYPE, Axioms
from citygraph.build.premises import premises
from citygraph.errors import QueryError, ValidationFailed
from citygraph.findings import Finding, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from citygraph.build.graphs import GraphFiles
    from citygraph.build.load import Origins
    from citygraph.iris import Iris
    from citygraph.queries import Query
    from citygraph.store import Store

