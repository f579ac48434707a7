"""The tree of errors: each passes from one process to another with its sentence and its facts."""

import pickle
from collections.abc import Iterator

import pytest

from citygraph import errors
from citygraph.errors import CitygraphError
from citygraph.findings import Report

ARGUMENTS = {
    "SettingsError": (("port", "no number", "give one"), {}),
    "SourceError": (("data/a.ttl", "it is broken", "mend it"), {"line": 3, "column": 4}),
    "IriError": (("no IRI",), {}),
    "QueryError": (("queries/a.rq", "it is broken"), {"line": 3}),
    "QueryForbidden": (("query", "it asks elsewhere"), {}),
    "ParameterError": (("query", "no number"), {}),
    "FormatError": (("png", ("ttl", "nt")), {}),
    "NotFound": (("https://example.org/a",), {}),
    "QueryTimeout": ((2.5,), {}),
    "QueryTooLarge": (("too deep",), {}),
    "Busy": ((4,), {}),
    "StoreError": (("http://localhost:1", "it is silent"), {}),
    "ValidationFailed": ((Report.of([]),), {}),
    "ReleaseError": (("no release",), {}),
    "ReleaseGone": (("2026-01-01-0123456789", {"bytes": 1, "sha256": "ab"}), {}),
}
"""What each class is made of."""


def tree(root: type[CitygraphError]) -> Iterator[type[CitygraphError]]:
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from tree(kind)


@pytest.mark.parametrize("kind", sorted(set(tree(CitygraphError)), key=lambda kind: kind.__name__))
def test_an_error_passes_between_processes(kind):
    """A pickled error has the same class, sentence and facts."""
    given, named = ARGUMENTS[kind.__name__]
    error = kind(*given, **named)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))
