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
import resource
import signal
import socket
import struct
import sys
import time
from typing import Any

import pyoxigraph as ox

from citygraph import cores
from citygraph.answerer import ROOM, Answerer, Full

REQUEST = struct.Struct("<IId6s6s6s")
"""Bytes of text, bytes of graph names, seconds, and the extensions of the formats for solutions, truth and triples."""
REPLY = struct.Struct("<Ic?d")
"""Bytes of body, kind, whether the answer is cut, and the seconds of processor time that the worker has used so far."""
PACKET = 96_000
"""The longest text or body that goes through the socket, in bytes."""
READY, SYNTAX, EVALUATION, LARGE = (bytes([sign]) for sign in b"rqel")
"""The kinds of a reply, besides those of an answer."""


def confine(memory: int, largest: int, *, calls: bool) -> list[str]:
    """Give up what a worker does not need, and name what this system does not let it give up.

    A worker whose queries may send requests (SERVICE) keeps the calls for these, and gives up the others.
    """
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
    if not filter_calls(_CALLING if calls else 0):
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


_CALLING = 2
"""How many numbers, from the first, are those of the calls with which one asks another host."""


def filter_calls(spared: int = 0) -> bool:
    """Let the kernel refuse (EACCES) calls that reach out; classic BPF by hand, see seccomp(2)."""
    if sys.platform != "linux" or os.uname().machine not in _MACHINES:
        return False
    machine, numbers = _MACHINES[os.uname().machine]
    numbers = numbers[spared:] + _COMMON
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
        solutions, boolean, triples = (form.rstrip(b"\0") for form in forms)
        kind, cut, body = _outcome(answerer, asked, (length, names), (solutions, boolean, triples))
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
    except (MemoryError, Full):
        return LARGE, False, b""


def _fill(spool: int, body: bytes | bytearray) -> None:
    written, rest = 0, memoryview(body)
    while written < len(body):
        written += os.pwrite(spool, rest[written:], written)


def main() -> None:
    """Serve one store as the arguments say; the keeper makes them."""
    facts = json.loads(sys.argv[1])
    cores.keep_to(facts["cores"])  # which are more than those of the thread that has started this one
    with socket.socket(fileno=facts["line"]) as line:
        try:
            missing = confine(facts["memory"], facts["most"] + 2 * ROOM, calls=facts["calls"])
            store = ox.Store.read_only(facts["store"])
            body, kind = json.dumps(missing).encode(), READY
        except (OSError, ValueError) as error:
            body, kind = str(error).encode(), EVALUATION
        line.sendall(REPLY.pack(len(body), kind, False, time.process_time()) + body)
        if kind == READY:
            answerer = Answerer(store, **{name: facts[name] for name in ("rows", "most", "prefixes", "base")})
            serve(line, facts["spool"], answerer)
