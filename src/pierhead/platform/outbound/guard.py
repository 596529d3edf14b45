"""Which addresses outgoing calls may reach: the public internet, and what the administrator allowed by name or by network."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from pierhead.platform.errors import ConfigurationError, Denied

Address = IPv4Address | IPv6Address

_IPV6_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Networks whose addresses hold an IPv4 address in their last bits and lead to it, through the kernel or a translator.
_EMBEDDING = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
_6TO4 = IPv6Network("2002::/16")
# Reserved networks that some versions of Python take for public: protocol assignments, the old 6to4 relays, documentation.
_RESERVED = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
# Services of clouds that hand out credentials and lie at an address which looks public.
_CLOUD_METADATA = frozenset({IPv4Address("168.63.129.16")})
_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


class OutboundRefused(Denied):
    """The call would leave the public internet, or is no web address at all. Nothing was sent."""

    message = "The address may not be called."


class OutboundGuard:
    """The decision, without looking anything up."""

    def __init__(self, allowed_hosts: Iterable[str] = ()) -> None:
        """Take host names and CIDRs that may be called although they are private. Raises ConfigurationError naming a wrong entry."""
        self._names: set[str] = set()
        self._networks = []
        for entry in allowed_hosts:
            try:
                self._networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._names.add(_parse_name(entry))

    def require_allowed(self, host: str, addresses: Sequence[str]) -> None:
        """Raise OutboundRefused unless every address of the host may be called.

        One private address among public ones refuses the call: such an answer is how a stranger's name server would try its luck.
        """
        if not addresses:
            raise OutboundRefused(f"The host {host} has no address.", detail={"host": host})
        if _fold(host) in self._names:
            return
        for text in addresses:
            if not self._may_be_called(ip_address(text)):
                raise OutboundRefused(
                    f"The host {host} has an address in a private or reserved network. "
                    "An administrator can allow it with the setting outbound.allowed_hosts.",
                    detail={"host": host},
                )

    def _may_be_called(self, address: Address) -> bool:
        forms = (address, find_embedded(address))
        return is_public(address) or any(form in network for form in forms if form is not None for network in self._networks)


def is_public(address: Address) -> bool:
    """Whether the address lies on the public internet: not loopback, private, link-local, multicast, reserved or a cloud's metadata.

    An IPv6 address that embeds an IPv4 address (mapped, compatible, translated, 6to4, NAT64) is judged by that one.
    """
    embedded = find_embedded(address)
    if embedded is not None:
        return is_public(embedded)
    if isinstance(address, IPv6Address) and address not in _IPV6_GLOBAL_UNICAST:
        return False
    if address.is_multicast or address.is_reserved or address in _CLOUD_METADATA:
        return False
    return address.is_global and not any(address in network for network in _RESERVED)


def find_embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address which an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _6TO4:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    if any(address in network for network in _EMBEDDING):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _parse_name(entry: str) -> str:
    name = _fold(entry)
    if not _HOST_NAME.fullmatch(name):
        raise ConfigurationError(
            f"outbound.allowed_hosts: {entry!r} is neither a host name (without a port) nor a network such as 10.0.0.0/8."
        )
    return name


def _fold(host: str) -> str:
    return host.lower().rstrip(".")
