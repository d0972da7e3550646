"""Which addresses a webhook may go to: public ones over HTTPS, so that none reaches into our own network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out for the internet; what lies outside is local, outdated or a gateway's."""
SPECIAL = (
    ipaddress.ip_network("192.0.0.0/24"),  # protocols' own (RFC 6890)
    ipaddress.ip_network("192.88.99.0/24"),  # 6to4 relays, outdated (RFC 7526)
    ipaddress.ip_network("3fff::/20"),  # documentation (RFC 9637)
)
"""What older Pythons take for public."""


class ForbiddenAddress(ValueError):
    """The URL is no address that webhooks may go to."""


def check_url(url: str, private_allowed: bool) -> None:
    """Raises ForbiddenAddress for what can be seen without asking the name's server."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise ForbiddenAddress("the URL has no host or port that can be read") from error
    if not host or parts.username is not None or parts.fragment or port == 0:
        raise ForbiddenAddress("the URL needs a host, and neither user nor fragment")
    if parts.scheme != "https" and not (private_allowed and parts.scheme == "http"):
        raise ForbiddenAddress("the URL must begin with https://")
    try:
        literal = ipaddress.ip_address(host)
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
    """Whether the address, or the IPv4 address inside it, is of the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inner is not None:
            return is_public(inner)
        if address not in GLOBAL_UNICAST:
            return False
    special = any(address in network for network in SPECIAL)
    return address.is_global and not address.is_multicast and not special


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a NAT64 gateway makes of it (RFC 6052)."""
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
