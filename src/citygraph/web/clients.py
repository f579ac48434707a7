"""Tells clients apart, so that none takes the share of others: by the address that asks, or that our proxies saw.

What a request says of itself counts for nothing. A proxy of ours adds the address it was asked from to the end of
``X-Forwarded-For``; what stands before the words of our proxies is the client's own.
"""

from __future__ import annotations

import ipaddress
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citygraph.settings import Network

_log = logging.getLogger(__name__)

_NETWORK = 64
"""How many bits of an IPv6 address name a network; one client may use every address of its own."""
_MOST = 16
"""How many proxies are followed; a longer chain is a client's invention."""
_LONG = 256
"""The longest header, in characters, whose client is remembered."""
_SCHEMES = ("http", "https")
_MASKS = {4: 24, 6: 48}
"""How many bits of an address are left when it is masked."""


def client(address: str, forwarded: str, proxies: int = 0, trusted: tuple[Network, ...] = ()) -> str:
    """The name of a client: its IPv4 address or IPv6 network.

    Proxies are known by their addresses, as far as the chain of ``X-Forwarded-For`` is made of them, or by their
    number. That everybody is trusted (``*``) means the proxy that asks, and no word of a client.

    >>> client("192.0.2.1", "203.0.113.9", 0)
    '192.0.2.1'
    >>> client("127.0.0.1", "203.0.113.9, 2001:db8:0:5:1:2:3:4", 1)
    '2001:db8:0:5::'
    >>> from citygraph.settings import networks
    >>> client("10.0.0.2", "6.6.6.6, 203.0.113.9, 10.0.0.3", 0, networks("10.0.0.0/8"))
    '203.0.113.9'
    >>> client("192.0.2.1", "203.0.113.9", 0, networks("10.0.0.0/8"))
    '192.0.2.1'
    """
    return name_of(source(address, forwarded, proxies, trusted))


def known(environ: Mapping[str, Any]) -> str:
    """The name of the client, as the gate has found it; without a gate, the address that asks."""
    return str(environ.get("citygraph.client") or environ.get("REMOTE_ADDR") or "")


class Clients:
    """Tells who asks, and whether it is one of our own; what is known of an address is remembered."""

    def __init__(self, proxies: int, trusted: tuple[Network, ...], own: tuple[Network, ...]) -> None:
        self._proxies, self._trusted, self._own = proxies, trusted, own
        self._remembered = lru_cache(maxsize=8192)(self._find)
        self._warned = False

    def asking(self, environ: Mapping[str, Any]) -> tuple[str, bool]:
        """The name of the client of a WSGI request, and whether it is in one of our own networks."""
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        find = self._remembered if len(forwarded) <= _LONG else self._find
        return find(environ.get("REMOTE_ADDR") or "", forwarded, "HTTP_FORWARDED" in environ)

    def scheme(self, environ: Mapping[str, Any]) -> str:
        """How the client asks: as a proxy of ours says in ``X-Forwarded-Proto``, or else as we are asked."""
        told = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        believed = told in _SCHEMES and self._proxied(environ.get("REMOTE_ADDR") or "")
        return told if believed else str(environ.get("wsgi.url_scheme", "http"))

    def _proxied(self, peer: str) -> bool:
        """Whether it is a proxy of ours that asks."""
        everybody = any(network.prefixlen == 0 for network in self._trusted)
        return everybody or (within(peer, self._trusted) if self._trusted else self._proxies > 0)

    def _find(self, peer: str, forwarded: str, named: bool) -> tuple[str, bool]:
        address = source(peer, forwarded, self._proxies, self._trusted)
        if (forwarded or named) and address == source(peer, "", 0, ()):
            # A proxy that we do not know stands between: whoever is behind it is none of our own.
            if within(peer, self._own) and not self._warned:
                self._warned = True
                _log.warning("%s passes on requests and is no proxy of ours (see forwarded_allow_ips)", peer)
            return name_of(address), False
        return name_of(address), within(address, self._own)


def source(address: str, forwarded: str, proxies: int, trusted: tuple[Network, ...]) -> str:
    """The address that asks, or that the last of our proxies was asked from."""
    seen = [word.strip() for word in forwarded.rsplit(",", _MOST)[-_MOST:]] if forwarded else []
    if any(network.prefixlen == 0 for network in trusted):
        proxies = proxies or 1
    elif trusted:
        while seen and within(address, trusted):
            address = seen.pop() or address
        proxies = 0
    if len(seen) >= proxies > 0:
        address = seen[-proxies] or address
    found = _parsed(address)
    return address[:_NETWORK] if found is None else str(found)


def name_of(address: str) -> str:
    """The name of whoever has an address: the address itself (IPv4), or its network (IPv6)."""
    found = _parsed(address)
    if not isinstance(found, ipaddress.IPv6Address):
        return address
    return str(ipaddress.IPv6Address(int(found) >> _NETWORK << _NETWORK))


def within(address: str, among: tuple[Network, ...]) -> bool:
    """Tell whether an address is in one of the networks.

    >>> from citygraph.settings import networks
    >>> within("::ffff:127.0.0.1", networks("127.0.0.0/8, ::1"))
    True
    """
    found = _parsed(address)
    return found is not None and any(found in network for network in among)


@lru_cache(maxsize=4096)
def masked(address: str) -> str:
    """Leave of an address what tells networks apart, and not people.

    >>> masked("192.0.2.17"), masked("2001:db8:5:6::")
    ('192.0.2.0', '2001:db8:5::')
    """
    found = _parsed(address)
    if found is None:
        return ""
    return str(ipaddress.ip_network((found, _MASKS[found.version]), strict=False).network_address)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as a number; an IPv4 address in IPv6 form, or with a port as some proxies write it, is IPv4."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
