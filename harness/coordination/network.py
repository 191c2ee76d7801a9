"""The addresses of this host, and connections to another by whichever of its own works."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import psutil

Greeted = TypeVar("Greeted")

CONNECT_S = 5.0
"""How long one address of a host may take to answer."""

ALL_S = 40.0
"""How long all of them may take: hosts with containers have dozens that lead nowhere."""


@dataclass(frozen=True)
class Place:
    """Where a process listens.

    Attributes
    ----------
    host
        The name of its host.
    addresses
        All addresses of its host but the loopback's.
    port
        The port.
    """

    host: str
    addresses: tuple[str, ...]
    port: int

    def __str__(self) -> str:
        """Return it as part of a sentence."""
        return f"{self.host} (port {self.port} at {', '.join(self.addresses) or 'no address'})"


@dataclass(frozen=True)
class _Interface:
    name: str
    address: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network


def own_place(port: int) -> Place:
    """Return where this process is reached at a port."""
    addresses = [interface.address for interface in _interfaces() if not _is_loopback(interface)]
    return Place(socket.gethostname(), tuple(addresses), port)


def connect(
    place: Place, greet: Callable[[socket.socket], Greeted], timeout_s: float = CONNECT_S
) -> Greeted:
    """Connect to a place by the first of its addresses that answers, and greet it.

    Host names decide nothing: the same name may mean another address on each host.

    Parameters
    ----------
    place
        Where to.
    greet
        Makes sure of who answers, and returns what to talk through. It raises an
        `OSError` or an `EOFError` where a stranger does.
    timeout_s
        How long an address may take.

    Raises
    ------
    OSError
        If none answers.
    """
    error: Exception = ConnectionError("it has no address")
    addresses = _nearest_first(place)
    timeout_s = min(timeout_s, ALL_S / max(1, len(addresses)))
    for address in addresses:
        try:
            return greet(socket.create_connection((address, place.port), timeout=timeout_s))
        except (OSError, EOFError) as raised:
            error = raised
    raise ConnectionError(str(error) or type(error).__name__) from error


def leads_to_this_host(connection: socket.socket) -> bool:
    """Whether the other end of a connection is on this host as well."""
    return bool(connection.getsockname()[0] == connection.getpeername()[0])


def interface_of(connection: socket.socket) -> str | None:
    """Return the name of the interface that a connection leaves this host by."""
    own = connection.getsockname()[0].removeprefix("::ffff:")
    return next((interface.name for interface in _interfaces() if interface.address == own), None)


def _nearest_first(place: Place) -> list[str]:
    networks = [interface.network for interface in _interfaces() if not _is_loopback(interface)]

    def is_far(address: str) -> bool:
        return not any(ipaddress.ip_address(address) in network for network in networks)

    here = ["127.0.0.1", "::1"] if place.host == socket.gethostname() else []
    return [*here, *sorted(place.addresses, key=is_far)]


def _interfaces() -> list[_Interface]:
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            # An address of the link alone needs a name beside it that differs between hosts.
            if one.family in (socket.AF_INET, socket.AF_INET6) and "%" not in one.address:
                found.append(_Interface(name, one.address, _network(one.address, one.netmask)))
    return found


def _network(address: str, mask: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    bits = "" if mask is None else f"/{int(ipaddress.ip_address(mask)).bit_count()}"
    return ipaddress.ip_network(f"{address}{bits}", strict=False)


def _is_loopback(interface: _Interface) -> bool:
    return ipaddress.ip_address(interface.address).is_loopback
