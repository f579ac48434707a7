"""Tells clients apart, so that none takes the share of others: by the address that asks, or that our proxies saw."""

from __future__ import annotations

import ipaddress

_NETWORK = 64
"""How many bits of an IPv6 address name a network; one client may use every address of its own."""


def client(address: str, forwarded: str, proxies: int) -> str:
    """The name of a client: its IPv4 address or IPv6 network.

    Each of our own proxies adds the address it was asked from to the end of ``X-Forwarded-For``. What stands before
    those is the client's own word, which counts for nothing.

    >>> client("192.0.2.1", "203.0.113.9", 0)
    '192.0.2.1'
    >>> client("127.0.0.1", "203.0.113.9, 2001:db8:0:5:1:2:3:4", 1)
    '2001:db8:0:5::'
    """
    seen = forwarded.split(",")
    if len(seen) >= proxies > 0:
        address = seen[-proxies].strip() or address
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:_NETWORK]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(found) >> _NETWORK << _NETWORK))
