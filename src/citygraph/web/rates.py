"""How often one client may ask: a bucket that fills steadily, of which a short burst may take all.

A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm), so a client costs
some hundred bytes and a request one look into a table. The tables are bounded: clients that were not seen for long are
forgotten, which at worst gives them a full bucket.
"""

from __future__ import annotations

import math
import time

BURST = 10.0
"""How many seconds of the steady rate a client may use at once."""
ROOM = 16_384
"""How many clients a table remembers before the older table is forgotten; two of them are kept."""

_GRAIN = 1e-6
"""Seconds below which a difference is one of rounding."""


class Rate:
    """A steady rate for each client; a rate of 0 is none."""

    def __init__(self, per_second: float, room: int = ROOM) -> None:
        self._step = 1 / per_second if per_second else 0.0
        self._burst = max(BURST, self._step)  # whoever may ask less than once in the time of a burst may ask once
        self._room = room
        self._young: dict[str, float] = {}
        self._old: dict[str, float] = {}

    def wait(self, client: str, now: float | None = None) -> float:
        """Count a request: 0 if it may go on, else the seconds after which it may; what is refused costs nothing."""
        if not self._step:
            return 0.0
        now = time.monotonic() if now is None else now
        full = self._young.get(client)
        if full is None:
            full = self._old.get(client, now)
            if len(self._young) >= self._room:
                self._old, self._young = self._young, {}
        full = max(full, now)
        early = full + self._step - now - self._burst
        refused = early > _GRAIN
        self._young[client] = full if refused else full + self._step
        return early if refused else 0.0

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._young) + len(self._old)


def retry_after(seconds: float) -> int:
    """The whole seconds that a client is told to wait."""
    return max(1, math.ceil(seconds))
