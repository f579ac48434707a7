"""Everything that can go wrong, as one small tree; each class carries its facts and makes its own sentence.

::

    CitygraphError
    ├── SettingsError      a setting is missing or not of its kind
    ├── SourceError        a source file is absent, altered or unreadable   (path, line, column)
    ├── IriError           a text is not an IRI of ours
    ├── QueryError         a query file or its metadata is wrong            (path, line)
    │   └── ParameterError a value does not fit its parameter
    ├── FormatError        nobody here speaks that format                   (wanted, offered)
    ├── NotFound           the release knows nothing of this thing          (iri)
    ├── QueryTimeout       a question took longer than allowed              (seconds)
    ├── QueryTooLarge      a question took more than it may have            (what)
    ├── Busy               no query worker became free in time              (retry_after)
    ├── StoreError         a remote store does not answer, or not usably    (url)
    ├── ValidationFailed   the report holds violations                      (report)
    └── ReleaseError       the folder is no release, or not a whole one
        └── ReleaseGone    a release was removed, as the policy says        (version, file)

They are caught in two places only: ``terminal.py`` and ``web/problems.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from citygraph.findings import Report


class CitygraphError(Exception):
    """The root of the tree: whatever citygraph raises on purpose; it passes from one process to another."""

    def __reduce__(self) -> tuple[Callable[..., CitygraphError], tuple[object, ...]]:
        """Be made again of text and facts, since most are made of other arguments."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[CitygraphError], args: tuple[object, ...], facts: dict[str, object]) -> CitygraphError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class SettingsError(CitygraphError):
    """A setting is missing, unknown or not of its kind."""

    def __init__(self, name: str, fault: str, remedy: str) -> None:
        super().__init__(f"setting {name}: {fault}; {remedy}")
        self.name = name


class SourceError(CitygraphError):
    """A file of the repository is absent, altered or unreadable."""

    def __init__(
        self, path: Path | str, fault: str, remedy: str, *, line: int | None = None, column: int | None = None
    ) -> None:
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {fault}; {remedy}")
        self.path, self.line, self.column, self.fault, self.remedy = path, line, column, fault, remedy


class IriError(CitygraphError):
    """A text is not an IRI of ours, or no IRI at all."""


class QueryError(CitygraphError):
    """A query file or its metadata is wrong, or a query text cannot be understood."""

    def __init__(self, where: Path | str, fault: str, *, line: int | None = None, column: int | None = None) -> None:
        place = ":".join(str(part) for part in (where, line, column) if part is not None)
        super().__init__(f"{place}: {fault}")
        self.line, self.column, self.fault = line, column, fault


class QueryForbidden(QueryError):  # noqa: N818 - see NotFound
    """A query asks for what is not allowed here, such as requests to other servers."""


class ParameterError(QueryError):
    """A value does not fit the parameter of a query."""


class FormatError(CitygraphError):
    """Nobody here speaks the wanted format."""

    def __init__(self, wanted: str, offered: Iterable[str]) -> None:
        self.wanted, self.offered = wanted, list(offered)
        super().__init__(f"no format {wanted!r} here; choose one of {', '.join(self.offered)}")


class NotFound(CitygraphError):  # noqa: N818 - the name of the thing that happened reads better than NotFoundError
    """The release knows nothing of this thing."""

    def __init__(self, iri: str) -> None:
        super().__init__(f"nothing is known of {iri}")
        self.iri = iri


class QueryTimeout(CitygraphError):  # noqa: N818 - see NotFound
    """A question took longer than allowed and was ended."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the query was ended after {seconds:g} seconds; ask for less, or take the download")
        self.seconds = seconds


class QueryTooLarge(CitygraphError):  # noqa: N818 - see NotFound
    """A question took more memory or nesting than it may have and was ended."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the query was ended: {what}; ask for less, or take the download")
        self.what = what


class Busy(CitygraphError):  # noqa: N818 - see NotFound
    """No query worker became free in time."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"all query workers are busy; ask again in {retry_after} seconds")
        self.retry_after = retry_after


class StoreError(CitygraphError):
    """A remote store does not answer, or answers what cannot be used."""

    def __init__(self, url: str, fault: str) -> None:
        super().__init__(f"the store {url} is of no use at this moment: {fault}")
        self.url, self.fault = url, fault


class ValidationFailed(CitygraphError):  # noqa: N818 - see NotFound
    """The report holds violations, so nothing is published."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"{len(report.violations)} violation(s): nothing is published")


class ReleaseError(CitygraphError):
    """A folder is no release, or not a whole one."""


class ReleaseGone(ReleaseError):  # noqa: N818 - see NotFound
    """A release was removed, since only the newest are kept; ``file`` is what its manifest says of the wanted one.

    ``times`` tells when it was the current one, as far as that is known.
    """

    def __init__(self, version: str, file: dict[str, Any] | None = None, times: str = "") -> None:
        was = f"; the file had {file['bytes']} bytes and the SHA-256 {file['sha256']}" if file else ""
        when = f" ({times})" if times else ""
        super().__init__(
            f"the release {version} is no longer kept{when}{was}; `citygraph releases`, or /dumps/ of the site, "
            "lists those that are"
        )
        self.version, self.file = version, file
