"""Which addresses outgoing calls may reach."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pierhead.platform.errors import ConfigurationError
from pierhead.platform.outbound.guard import OutboundGuard, OutboundRefused, is_public

PUBLIC = ["8.8.8.8", "140.82.112.3", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9", "168.63.129.16", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.88.99.1", "3fff::1", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1",
    "2002:a9fe:a9fe::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_may_be_called(address: str) -> None:
    OutboundGuard().require_allowed("example.com", [address])


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(OutboundRefused, match=r"outbound\.allowed_hosts"):
        OutboundGuard().require_allowed("example.com", [address])


@given(address=st.ip_addresses(v=4))
def test_every_way_to_embed_an_address_is_judged_by_the_address(address: IPv4Address) -> None:
    number = int(address)
    for embedded in (number, 0xFFFF << 32 | number, 0xFFFF << 48 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80 | 1):
        assert is_public(IPv6Address(embedded)) == is_public(address)


@given(address=st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(address: IPv4Address | IPv6Address) -> None:
    if address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified:
        assert not is_public(address)


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    with pytest.raises(OutboundRefused):
        OutboundGuard().require_allowed("example.com", ["8.8.8.8", "10.0.0.1"])


def test_a_host_without_addresses_is_refused() -> None:
    with pytest.raises(OutboundRefused, match="no address"):
        OutboundGuard(["example.com"]).require_allowed("example.com", [])


@pytest.mark.parametrize("host", ["git.internal", "GIT.Internal", "git.internal."])
def test_a_host_allowed_by_name_may_be_private(host: str) -> None:
    OutboundGuard(["Git.internal"]).require_allowed(host, ["10.0.0.1", "::1"])


def test_allowing_a_host_does_not_allow_its_neighbours() -> None:
    guard = OutboundGuard(["git.internal"])
    for host in ("internal", "a.git.internal", "git.internal.example.com", "10.0.0.1"):
        with pytest.raises(OutboundRefused):
            guard.require_allowed(host, ["10.0.0.1"])


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "192.168.7.7", "fd00::5"])
def test_an_address_in_an_allowed_network_may_be_called(address: str) -> None:
    OutboundGuard(["10.1.2.3/8", "192.168.7.7", "fd00::/64"]).require_allowed("anything", [address])


@pytest.mark.parametrize("address", ["11.0.0.1", "127.0.0.1", "192.168.7.8", "fd00:0:0:1::5"])
def test_an_allowed_network_ends_where_it_ends(address: str) -> None:
    guard = OutboundGuard(["10.0.0.0/8", "192.168.7.7", "fd00::/64"])
    assert is_public(ip_address(address)) == (address == "11.0.0.1")
    if address != "11.0.0.1":
        with pytest.raises(OutboundRefused):
            guard.require_allowed("anything", [address])


@pytest.mark.parametrize("entry", ["10.0.0.0/40", "http://git.internal", "git.internal:8080", "*.internal", "", "a b"])
def test_an_entry_that_is_neither_a_name_nor_a_network_stops_the_start(entry: str) -> None:
    with pytest.raises(ConfigurationError, match=r"outbound\.allowed_hosts"):
        OutboundGuard([entry])
