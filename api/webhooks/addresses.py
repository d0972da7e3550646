"""Which addresses a webhook may go to: public ones over HTTPS, so that none reaches into our own network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


class ForbiddenAddress(ValueError):
    """The URL is no address that webhooks may go to."""


def check_url(url: str, private_allowed: bool) -> None:
    """Raises ForbiddenAddress for what can be seen without asking the name's server."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress("the port is no number") from error
    if not parts.hostname or parts.username or parts.fragment or port == 0:
        raise ForbiddenAddress("the URL needs a host, and neither user nor fragment")
    if parts.scheme != "https" and not (private_allowed and parts.scheme == "http"):
        raise ForbiddenAddress("the URL must begin with https://")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return
    if not private_allowed and not is_public(literal):
        raise ForbiddenAddress("the address is private")


def resolve(url: str, private_allowed: bool) -> str:
    """An IP address of the URL's host that may be connected to; connecting to it leaves no second lookup.

    Raises ForbiddenAddress where any of the host's addresses is private, OSError where there is none.
    """
    check_url(url, private_allowed)
    parts = urlsplit(url)
    found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    if not private_allowed and not all(is_public(address) for address in addresses):
        raise ForbiddenAddress("the host's address is private")
    return str(addresses[0])


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
