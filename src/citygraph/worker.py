"""The program of one query worker, which answers one query at a time until its keeper hangs up or a limit ends it.

It opens a store read-only and gives up what it does not need. The kernel keeps the limits, since nothing else can end
the engine: a timer whose signal ends the process, a ceiling of memory, and a filter of system calls without which
SERVICE could send requests. It runs by itself with the standard library and the engine only (``python -I -S``), so
that it starts quickly; ``citygraph.keeper`` is the other side. Texts and answers too long for the socket stand in the
spool, a file that both sides hold open.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import re
import resource
import signal
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUEST = struct.Struct("<IId6s6s6s")
"""Bytes of text, bytes of graph names, seconds, and the extensions of the formats for solutions, truth and triples."""
REPLY = struct.Struct("<Ic?d")
"""Bytes of body, kind, whether the answer is cut, and the seconds of processor time that the worker has used so far."""
PACKET = 96_000
"""The longest text or body that goes through the socket, in bytes."""
READY, SOLUTIONS, BOOLEAN, GRAPH, SYNTAX, EVALUATION, LARGE = (bytes([sign]) for sign in b"rsbgqel")

_LINE = 64_000
"""How many bytes come in between two counts of the rows."""
_ROOM = 1_000_000
"""By how much triples may pass the limit of bytes, since they are cut between two and not within one."""
_RESULTS = {row.file_extension.encode().ljust(6, b"\0"): row for row in (
    ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML, ox.QueryResultsFormat.CSV, ox.QueryResultsFormat.TSV
)}  # fmt: skip
_RDF = {row.file_extension.encode().ljust(6, b"\0"): row for row in (
    ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD, ox.RdfFormat.TRIG,
    ox.RdfFormat.N_QUADS, ox.RdfFormat.N3
)}  # fmt: skip

# Where a complete row ends and another begins. In JSON a quotation mark within a string follows a backslash, and one
# that ends a string is followed by a comma, brace or bracket; in CSV a line may end within a quoted field.
_ROW_END = {
    b"srj\0\0\0": re.compile(rb'\},(?=\{"[^",}\]\\])'),
    b"srx\0\0\0": re.compile(rb"</result>(?=<result>)"),
    b"csv\0\0\0": re.compile(rb'"[^"]*(?:"|\Z)|\n(?=[\s\S])'),
    b"tsv\0\0\0": re.compile(rb"\n(?=[\s\S])"),
}
_REMARK = {b"ttl": b"# truncated\n", b"nt": b"# truncated\n", b"nq": b"# truncated\n", b"trig": b"# truncated\n",
           b"n3": b"# truncated\n", b"rdf": b"\n<!-- truncated -->\n"}  # fmt: skip


class _Full(Exception):  # noqa: N818 - it ends an answer, and is no error
    """The answer has reached a limit."""


class _Body:
    """Gathers an answer up to a limit of bytes."""

    def __init__(self, most: int) -> None:
        self.content = bytearray()
        self.most = most

    def write(self, chunk: bytes) -> int:
        self.content += chunk
        if len(self.content) > self.most:
            raise _Full
        return len(chunk)

    def flush(self) -> None:
        """Nothing is held back."""


class _Rows(_Body):
    """Gathers solutions, and cuts them between two rows where there are too many."""

    def __init__(self, form: bytes, rows: int, most: int) -> None:
        super().__init__(most)
        self.form, self.rows, self.row_end = form, rows, _ROW_END[form]
        self.count = -1 if form in (b"csv\0\0\0", b"tsv\0\0\0") else 0  # the first line is the head
        self.seen = self.cut = 0
        self.next = _LINE
        self.last_byte = 1 if form == b"srj\0\0\0" else 0  # the comma is not wanted

    def write(self, chunk: bytes) -> int:
        self.content += chunk
        if len(self.content) > min(self.next, self.most):
            if self.full():
                raise _Full
            self.next = len(self.content) + max(
                _LINE, len(self.content) - self.seen
            )  # a long row is not read again and again
        return len(chunk)

    def full(self) -> bool:
        """Count the rows that have come in since, and tell whether there are more rows or bytes than wanted."""
        for match in self.row_end.finditer(self.content, self.seen):
            if match[0][:1] == b'"':
                if match.end() == len(self.content):
                    break  # the field may go on
            elif match.end() > self.most:
                return True
            else:
                self.count += 1
                self.cut = match.end() - self.last_byte
                if self.count >= self.rows:
                    return True
            self.seen = match.end()
        return len(self.content) > self.most

    def close(self) -> None:
        """Cut behind the last row that fits, and end the document as its format asks."""
        if self.form == b"srj\0\0\0":
            self.cut = self.cut or self.content.index(b'"bindings":[') + len(b'"bindings":[')
            self.content[self.cut :] = b"]}}"
            self.content[(end := self.content.index(b'},"results":')) : end] = b',"truncated":true'
        elif self.form == b"srx\0\0\0":
            self.cut = self.cut or self.content.index(b"<results>") + len(b"<results>")
            self.content[self.cut :] = b"</results><!-- truncated --></sparql>"
        else:
            del self.content[self.cut or self.content.index(b"\n") + 1 :]


class Answerer:
    """Answers requests from a store."""

    def __init__(self, store: ox.Store, *, rows: int, most: int, prefixes: dict[str, str]) -> None:
        self.store, self.rows, self.most, self.prefixes = store, rows, most, prefixes

    def answer(self, text: str, graphs: str, forms: tuple[bytes, bytes, bytes]) -> tuple[bytes, bool, bytearray]:
        """Give the kind of the answer, whether it is cut, and its body."""
        default = [ox.NamedNode(line[1:]) for line in graphs.split("\n") if line.startswith("d")] if graphs else None
        named = [ox.NamedNode(line[1:]) for line in graphs.split("\n") if line.startswith("n")] if graphs else None
        # A finished store holds the union of its graphs as its default graph; the engine need not make it.
        results = self.store.query(text, default_graph=default, named_graphs=named)  # type: ignore[arg-type]
        if isinstance(results, ox.QueryTriples):
            return GRAPH, *self._triples(results, forms[2])
        if isinstance(results, ox.QueryBoolean):
            body = _Body(self.most)
            results.serialize(body, format=_RESULTS[forms[1]])  # type: ignore[arg-type]
            return BOOLEAN, False, body.content
        return SOLUTIONS, *self._solutions(results, forms[0])

    def _solutions(self, results: ox.QuerySolutions, form: bytes) -> tuple[bool, bytearray]:
        body = _Rows(form, self.rows, self.most)
        try:
            results.serialize(body, format=_RESULTS[form])  # type: ignore[arg-type]
            cut = len(body.content) > self.rows and body.full()  # a row has a byte at least
        except _Full:
            cut = True
        if cut:
            body.close()
        return cut, body.content

    def _triples(self, results: ox.QueryTriples, form: bytes) -> tuple[bool, bytearray]:
        body = _Body(self.most + _ROOM)
        cut = False

        def wanted() -> Iterator[ox.Triple]:
            nonlocal cut
            for number, triple in enumerate(results):
                if cut := number >= self.rows or len(body.content) > self.most:
                    return
                yield triple

        ox.serialize(wanted(), body, format=_RDF[form], prefixes=self.prefixes)  # type: ignore[arg-type]
        if cut:
            body.content += _REMARK.get(form.rstrip(b"\0"), b"")
        return cut, body.content


def confine(memory: int, largest: int) -> list[str]:
    """Give up what a worker does not need, and name what this system does not let it give up."""
    missing = []
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # the keeper's thread may hold back the timer's signal
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    if sys.platform != "linux":
        missing.append("a ceiling of memory")  # elsewhere RLIMIT_DATA leaves out what is mapped
    else:
        with open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - pathlib takes milliseconds to import
            score.write("1000")
    if not filter_calls():
        missing.append("a filter of system calls")
    return missing


# Numbers of system calls: those that reach other hosts and processes, and those that could go around the filter.
_COMMON = (424, 425, 426, 427, 434, 438, 440)  # pidfd_send_signal, io_uring_*, pidfd_open, pidfd_getfd, process_madvise
_MACHINES = {
    # socket connect accept bind listen socketpair fork vfork execve ptrace unshare setns process_vm_* bpf execveat
    "x86_64": (0xC000003E, (41, 42, 43, 49, 50, 53, 57, 58, 59, 101, 272, 308, 310, 311, 321, 322)),
    # the same; there are no fork and vfork
    "aarch64": (0xC00000B7, (198, 203, 202, 200, 201, 199, 221, 117, 97, 268, 270, 271, 280, 281)),
}


def filter_calls() -> bool:
    """Let the kernel refuse (EACCES) calls that reach out; classic BPF by hand, see seccomp(2)."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    machine, numbers = _MACHINES[platform.machine()]
    numbers += _COMMON
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    refuse, allow = 0x00050000 | 13, 0x7FFF0000
    rules = [(load, 0, 0, 4), (equal, 0, len(numbers) + 3, machine), (load, 0, 0, 0)]
    rules.append((at_least, len(numbers) + 1, 0, 0x40000000))  # the second table of calls of x86_64
    rules += [(equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    rules += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    zero = ctypes.c_ulong(0)
    no_new_privileges = prctl(38, ctypes.c_ulong(1), zero, zero, zero) == 0
    return bool(no_new_privileges and prctl(22, ctypes.c_ulong(2), program, zero, zero) == 0)


def serve(line: socket.socket, spool: int, answerer: Answerer) -> None:
    """Answer requests one after another until the other side hangs up."""
    room = bytearray(REQUEST.size + PACKET)
    view = memoryview(room)
    while True:
        got = 0
        length = names = 0
        while got < REQUEST.size or (length + names <= PACKET and got < REQUEST.size + length + names):
            count = line.recv_into(view[got:])
            if not count:
                return
            got += count
            if got >= REQUEST.size:
                length, names, seconds, *forms = REQUEST.unpack_from(room)
        asked = view[REQUEST.size :] if length + names <= PACKET else os.pread(spool, length + names, 0)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        kind, cut, body = _outcome(answerer, asked, (length, names), (forms[0], forms[1], forms[2]))
        signal.setitimer(signal.ITIMER_REAL, 0)  # before the answer, so that a worker that has answered lives
        head = REPLY.pack(len(body), kind, cut, time.process_time())
        if len(body) <= PACKET:
            line.sendall(head + body)
        else:
            _fill(spool, body)
            line.sendall(head)
        if kind == LARGE:
            return


def _outcome(
    answerer: Answerer, asked: Any, lengths: tuple[int, int], forms: tuple[bytes, bytes, bytes]
) -> tuple[bytes, bool, bytes | bytearray]:
    try:
        text = str(asked[: lengths[0]], "utf-8")
        return answerer.answer(text, str(asked[lengths[0] : sum(lengths)], "utf-8") if lengths[1] else "", forms)
    except SyntaxError as error:
        return SYNTAX, False, str(error.msg or error).encode()[:PACKET]
    except (RuntimeError, ValueError, OSError) as error:
        return EVALUATION, False, str(error).encode("utf-8", "replace")[:PACKET]
    except (MemoryError, _Full):
        return LARGE, False, b""


def _fill(spool: int, body: bytes | bytearray) -> None:
    written, rest = 0, memoryview(body)
    while written < len(body):
        written += os.pwrite(spool, rest[written:], written)


def main() -> None:
    """Serve one store as the arguments say; the keeper makes them."""
    facts = json.loads(sys.argv[1])
    with socket.socket(fileno=facts["line"]) as line:
        try:
            missing = confine(facts["memory"], facts["most"] + 2 * _ROOM)
            store = ox.Store.read_only(facts["store"])
            body, kind = json.dumps(missing).encode(), READY
        except (OSError, ValueError) as error:
            body, kind = str(error).encode(), EVALUATION
        line.sendall(REPLY.pack(len(body), kind, False, time.process_time()) + body)
        if kind == READY:
            answerer = Answerer(store, rows=facts["rows"], most=facts["most"], prefixes=facts["prefixes"])
            serve(line, facts["spool"], answerer)
