"""What may differ between two installations, read once at the edge and frozen; and where a repository's folders are.

The environment (``CITYGRAPH_QUERY_SECONDS=5``) goes before ``citygraph.toml``, the file before the default.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from citygraph.errors import IriError, SettingsError, SourceError
from citygraph.iris import CANONICAL, Iris

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARED = "CITYGRAPH_SHARED"
"""The variable that names the folder which the processes of a server share as long as it runs; `serve` sets it."""
LANGUAGES = ("en", "de", "fr")
"""The languages of the site, first choice first."""

_LARGEST = float("inf")
_RANGES = {  # the least and the most that some settings may be
    "query_seconds": (0.1, 86_400),
    "query_memory": (128 * 2**20, _LARGEST),  # below, a worker cannot open the store
    "query_workers": (2, 64),  # one of them is kept for short queries
    "kept_releases": (2, _LARGEST),  # the next one is compared with the last
    "result_rows": (1, _LARGEST),
    "result_bytes": (1_000, _LARGEST),
    "proxies": (0, _LARGEST),
    "port": (1, 65_535),
    "page_size": (1, 10_000),
    "poll_seconds": (0.01, 86_400),
    "processes": (0, 64),
    "shutdown_seconds": (1, 86_400),
    "requests_per_second": (0, _LARGEST),
    "queries_per_second": (0, _LARGEST),
}

_CHOICES = {
    "reasoner": ("duckdb", "spark", "owlrl"),
    "validator": ("duckdb", "shifty", "pyshacl"),
    "log_level": ("debug", "info", "warning", "error"),
    "log_addresses": ("masked", "full", "none"),
    "store_engine": ("", "oxigraph", "virtuoso", "sparql"),
}

_TEXTS = {
    "contact_email": (r"([^@\s<>:]+@[^@\s<>:]+)?", "address", "write it as in towns@example.org"),  # behind mailto:
    "release_folder": (r"[^\0]+", "folder", "for instance 'releases'"),
}
_NETWORKS = ("forwarded_allow_ips", "own_networks")
_ADDRESSES = (
    *("store", "store_update", "store_graphs", "publisher_url", "contact_url", "contributor_id", "wikidata_endpoint"),
)

_COMMON = ("host", "port", "log_level", "forwarded_allow_ips")
"""Settings that the environment may also name without our prefix, as platforms and other servers do."""

_ZERO = "http://creativecommons.org/publicdomain/zero/1.0/"


def _setting(default: Any, help_text: str) -> Any:
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata={"help": help_text})
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True)
class Settings:
    """The settings of one installation; each field carries its help text."""

    base_iri: str = _setting(CANONICAL, "The IRI under which everything is named; ends with a slash.")
    title: dict[str, str] = _setting({"en": "citygraph"}, "The name of the site, per language.")
    description: dict[str, str] = _setting({}, "One sentence about the site, per language.")
    publisher: str = _setting("citygraph", "Who publishes the site.")
    licence: str = _setting(_ZERO, "The licence of the published graph, as an IRI.")
    publisher_url: str = _setting("", "The publisher's own site.")
    contact_email: str = _setting("", "The address of whom portals and readers may write to; some portals demand one.")
    contact_url: str = _setting("", "The page that tells how to reach you; empty for the site's own /about.")
    organisation: str = _setting("citygraph", "The publisher's short name at opendata.swiss, behind @ in identifiers.")
    contributor_id: str = _setting("", "The IRI under which GovData knows you, of http://dcat-ap.de/def/contributors/.")
    release_folder: str = _setting("releases", "Where releases are kept; relative to the current folder.")
    reasoner: str = _setting("duckdb", "What concludes by OWL 2 RL: duckdb (fast), spark (cluster), owlrl (reference).")
    spark_master: str = _setting("local[*]", "Where Spark runs for that; empty for what its own configuration says.")
    validator: str = _setting("duckdb", "What runs the SHACL shapes: duckdb (fast), shifty, or pyshacl (reference).")
    query_seconds: float = _setting(10.0, "How long a stranger's query may take, in seconds.")
    query_memory: int = _setting(512 * 2**20, "How much memory a stranger's query may take, in bytes.")
    query_workers: int = _setting(3, "How many processes answer strangers' queries, for each process of the server.")
    result_rows: int = _setting(100_000, "How many rows or triples the answer of a query may have; the rest is cut.")
    result_bytes: int = _setting(64 * 2**20, "How long the answer of a query may be, in bytes; the rest is cut.")
    services: str = _setting(
        "", "The endpoints that queries may ask by SERVICE: addresses between commas; none if empty."
    )
    host: str = _setting("127.0.0.1", "The address to listen on; 0.0.0.0 or :: for others than this machine.")
    port: int = _setting(8000, "The port to listen on.")
    processes: int = _setting(0, "How many processes of the server answer; 0: one for each core, at most four.")
    shutdown_seconds: int = _setting(30, "How long running requests may go on after the server is told to end.")
    requests_per_second: float = _setting(200.0, "How many requests a client may make, in the long run; 0: no limit.")
    queries_per_second: float = _setting(50.0, "How many of these may be queries of its own; 0: no limit.")
    proxies: int = _setting(0, "How many proxies of yours stand before the server and add to X-Forwarded-For.")
    forwarded_allow_ips: str = _setting(
        "", "The proxies whose X-Forwarded-For counts: addresses or networks; * for any."
    )
    own_networks: str = _setting(
        "127.0.0.0/8, ::1", "Whose direct requests are not limited and may read /metrics: addresses or networks."
    )
    log_level: str = _setting("info", "What is logged at least: debug, info (each request), warning or error.")
    log_addresses: str = _setting("masked", "How clients' addresses are logged: masked (their network), full or none.")
    metrics_folder: str = _setting("", "Where server processes share their figures; `serve` makes a folder of its own.")
    page_size: int = _setting(50, "How many rows a page shows before it offers the next ones.")
    kept_releases: int = _setting(10, "How many releases are kept; a build removes older ones, the change log stays.")
    store: str = _setting("", "The query address of a SPARQL server that holds the graph; empty for the engine within.")
    store_update: str = _setting("", "Its update address, by which a published release takes its place at once.")
    store_graphs: str = _setting("", "Its graph store address, to which `citygraph publish` sends a release.")
    store_engine: str = _setting("", "Its engine: oxigraph, virtuoso or sparql (any other); empty to ask the server.")
    wikidata_endpoint: str = _setting(
        "https://query.wikidata.org/sparql", "The SPARQL endpoint that `citygraph wikidata diff --live` asks."
    )
    poll_seconds: float = _setting(0.5, "How often the server looks for a new release, in seconds.")

    def __post_init__(self) -> None:
        try:
            Iris(self.base_iri)
        except IriError as error:
            raise SettingsError("base_iri", str(error), "set it in citygraph.toml") from None
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                shown = " or ".join(filter(None, choices))
                raise SettingsError(name, f"{getattr(self, name)!r} is unknown", f"choose {shown}")
        for name in _ADDRESSES:
            _check_address(name, getattr(self, name))
        for address in self.allowed_services:
            _check_address("services", address)
        _check_text("contact_email", self.contact_email)
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                remedy = f"write a number from {least} to {most}" if most < _LARGEST else f"write at least {least}"
                raise SettingsError(name, f"{getattr(self, name)!r} is out of range", remedy)
        _check_text("release_folder", self.release_folder)
        for name in _NETWORKS:
            try:
                networks(getattr(self, name))
            except ValueError as error:
                raise SettingsError(name, str(error), "write addresses or networks, such as 10.0.0.0/8") from None

    @property
    def iris(self) -> Iris:
        """The IRIs under the configured base."""
        return Iris(self.base_iri)

    @property
    def allowed_services(self) -> frozenset[str]:
        """The addresses that queries may ask by SERVICE."""
        return frozenset(re.findall(r"[^,\s]+", self.services))

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str]) -> Settings:
        """Read the file, if it is there, and the environment; whatever is wrong is a :class:`SettingsError`."""
        values: dict[str, Any] = {}
        if path.exists():
            try:
                values = tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
                raise SettingsError(str(path), str(error), "mend the file") from None
        kinds = {row.name: type(cls.__dataclass_fields__[row.name].default) for row in fields(cls)}
        for name in values:
            if name not in kinds:
                raise SettingsError(name, f"{path} sets it, but there is no such setting", "remove the line")
        for name in kinds:
            common = environ.get(name.upper()) or None if name in _COMMON else None
            if (text := environ.get(f"CITYGRAPH_{name.upper()}", common)) is not None:
                values[name] = text.lower() if name in _CHOICES else text
        return cls(**{name: _fit(name, value) for name, value in values.items()})


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks between commas or spaces; ``*`` is all of them, anything else a ``ValueError``."""
    parts = re.split(r"[,\s]+", text.strip()) if text.strip() else []
    every = ["0.0.0.0/0", "::/0"]
    return tuple(
        ipaddress.ip_network(name, strict=False) for part in parts for name in (every if part == "*" else [part])
    )


def _fit(name: str, value: Any) -> Any:
    """Bring a value to the kind of its setting; a text from the environment becomes a number or an English text."""
    row = Settings.__dataclass_fields__[name]
    if "dict" in str(row.type):
        value = {"en": value} if isinstance(value, str) else value
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
        raise SettingsError(name, "it is no table of texts", f"write [{name}] and a line per language")
    kind: Any = type(row.default)
    try:
        if type(value) in (kind, int, str) and (kind is not str or type(value) is str):
            return kind(value)
    except ValueError:
        pass
    raise SettingsError(name, f"{value!r} is no {kind.__name__}", f"for instance {row.default!r}")


def _check_address(name: str, url: str) -> None:
    """Refuse what is no address of a server, and one with a password, which settings would show."""
    fault = SettingsError(name, f"{url!r} is no address of a server", "for instance 'http://localhost:7878/query'")
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or parts.port == 0
    except ValueError:  # brackets without an address, a port beyond 65535
        raise fault from None
    if url and wrong:
        raise fault
    if parts.username is not None:
        remedy = "set CITYGRAPH_STORE_USER and CITYGRAPH_STORE_PASSWORD in the environment"
        raise SettingsError(name, "it holds a user", remedy)


def _check_text(name: str, text: str) -> None:
    """Refuse a text that is not of its form."""
    form, kind, remedy = _TEXTS[name]
    if not re.fullmatch(form, text):
        raise SettingsError(name, f"{text!r} is no {kind}", remedy)


@dataclass(frozen=True)
class Repository:
    """The folders that domain experts keep: ontology, data, shapes, queries."""

    root: Path
    data_folder: Path | None = None

    @property
    def data(self) -> Path:
        """The folder of sources, places, labels and links."""
        return self.data_folder or self.root / "data"

    @property
    def ontology(self) -> Path:
        """The folder of the ontology, its alignments and code lists."""
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        """The folder of shapes."""
        return self.root / "shapes"

    @property
    def linking(self) -> Path:
        """The folder of the tables by which names and items are matched."""
        return self.root / "linking"

    @property
    def profiles(self) -> Path:
        """The folder of what portals are told: data sets, other people's code lists, a profile for each portal."""
        return self.root / "profiles"

    def settings_file(self, here: Path) -> Path:
        """The file of settings: the one in the current folder goes before the repository's; none need exist."""
        own = here / "citygraph.toml"
        return own if own.exists() else self.root / "citygraph.toml"

    def queries(self, folder: str) -> Path:
        """The folder of one kind of queries: ``rules``, ``checks``, ``quality``, ``tables`` or ``examples``."""
        return self.root / "queries" / folder

    def check(self) -> Repository:
        """Refuse a repository without its folders, naming the first that is missing."""
        for folder in (self.ontology, self.data, self.shapes, self.linking, self.profiles, self.root / "queries"):
            if not folder.is_dir():
                raise SourceError(
                    folder, "the folder is missing", "restore it, or name another with --repository or --data"
                )
        return self

    @classmethod
    def at(cls, root: Path, data: Path | None = None) -> Repository:
        """The repository that somebody has named; no other is taken in its place."""
        if not (root / "ontology").is_dir():
            raise SourceError(root, "this is no repository: it has no folder ontology", "name another by --repository")
        return cls(root, data)

    @classmethod
    def find(cls, start: Path, data: Path | None = None) -> Repository:
        """Find the repository: the folder given, if it has an ontology, else the one that the wheel carries."""
        if (start / "ontology").is_dir():
            return cls(start, data)
        carried = Path(str(files("citygraph"))) / "repository"
        if carried.is_dir():
            return cls(carried, data)
        # An editable install carries nothing: its repository is the checkout.
        return cls(Path(__file__).parents[2], data)
