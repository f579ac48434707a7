"""What an answer to a query carries so that it can be cited: the release, hashes, and an address that stays.

The address asks the same of the same release, so it needs nothing to be kept but the release.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import citygraph
from citygraph import receipts
from citygraph.receipts import Receipt

if TYPE_CHECKING:
    from citygraph.formats import Format
    from citygraph.web.current import Served
    from citygraph.workers import Answer, Limits, Question

RELEASE = "release"
"""The parameter that names the release to be asked."""
LONGEST = 4_000
"""The longest address that is told, in characters; servers and proxies cut heads of twice that."""
_ALONE = re.compile(r"query=(?>(?:[A-Za-z0-9._~!$'()*+,;:@/?-]++|%[0-9A-Fa-f]{2})*)")
"""A query string that is a query and nothing else."""


def mark(dress: str, version: str, limits: Limits, form: Format, graphs: object = ((), ())) -> str:
    """What the entity tags of all answers in a format from a dataset have in common: the release and the software."""
    facts = (dress, citygraph.__version__, version, cut(limits), form.name, repr(graphs))
    return hashlib.blake2b("\0".join(facts).encode(), digest_size=8).hexdigest()


def entity_tag(marked: str, query_hash: str) -> str:
    """A strong entity tag, known before the query runs: what marks its kind, and the digest of its text."""
    return f"{marked}-{query_hash[9:-2]}"


def headers(
    served: Served, question: Question, found: Answer, query_hash: str, query_string: str
) -> list[tuple[str, str]]:
    """The headers by which an answer is cited, beside its release."""
    told = [("Citygraph-Query-Hash", query_hash)]
    if (address := cite_as(served, question, query_string)) is not None:
        told.append(("Link", f'<{address}>; rel="cite-as"'))
    if found.truncated:
        told.append(("Citygraph-Truncated", cut(served.limits)))
    return told


def cite_as(served: Served, question: Question, query_string: str) -> str | None:
    """The address that asks the same of this release ever after (RFC 8574); None where it would be too long.

    It has the words of the query string, where that says it all.
    """
    graphs = [("default-graph-uri", graph.value) for graph in question.default_graphs]
    graphs += [("named-graph-uri", graph.value) for graph in question.named_graphs]
    is_all = not graphs and _ALONE.fullmatch(query_string)
    asked = query_string if is_all else urlencode([("query", question.text), *graphs])
    address = f"{served.iris.base}sparql?{asked}&{RELEASE}={served.version}"
    return address if len(address) <= LONGEST else None


def receipt(served: Served, question: Question, found: Answer) -> Receipt:
    """What was asked and what came of it, for whoever wants to keep that."""
    lines = receipts.rows(question.text, found.body)
    return Receipt(
        endpoint=f"{served.iris.base}sparql",
        release=served.version,
        query=question.text,
        default_graphs=[graph.value for graph in question.default_graphs],
        named_graphs=[graph.value for graph in question.named_graphs],
        query_hash=receipts.digest(question.text),
        result_hash=receipts.result_hash(lines),
        rows=len(lines),
        truncated=found.truncated,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def cut(limits: Limits) -> str:
    """What an answer is told that one of the limits has cut."""
    return f"rows; limit={limits.rows}, bytes; limit={limits.answer_bytes}"
