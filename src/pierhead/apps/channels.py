"""Channels of a package: names for releases that may be moved."""

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.apps import store
from pierhead.apps.model import Channel, ChannelName, ChannelNotFound, Release, ReleaseNotFound
from pierhead.apps.packages import get_channel, list_channels, list_releases, require_package
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import records
from pierhead.repositories.log import record


def list_package_channels(work: UnitOfWork, identity: Identity, name: str) -> list[Channel]:
    """The package's channels by name."""
    return list_channels(work, require_package(work, identity, name, Role.READ))


def get_package_channel(work: UnitOfWork, identity: Identity, name: str, channel: str) -> Channel:
    """Raises ChannelNotFound."""
    return get_channel(work, require_package(work, identity, name, Role.READ), channel)


def move_channel(
    work: UnitOfWork, identity: Identity, name: str, channel: ChannelName, release: Release, *, address: str | None
) -> Channel:
    """Let the channel lead to the release, making the channel when there is none. Raises ReleaseNotFound."""
    repository = require_package(work, identity, name, Role.WRITE)
    records.lock_repository(work, repository)
    if release not in list_releases(work, repository):
        raise ReleaseNotFound(name, release)
    store.link(work.connection, repository.id, channel, release, now_ms=work.now_ms)
    record(work, identity, LogKind.CREATE_TAG, repository, address, channel=channel, release=release)
    return get_channel(work, repository, channel)


def remove_from_channel(
    work: UnitOfWork, identity: Identity, name: str, channel: ChannelName, release: Release, *, address: str | None
) -> None:
    """Take a release from a channel, which then leads to the one before; without one it ends. Raises ChannelNotFound."""
    repository = require_package(work, identity, name, Role.WRITE)
    if not store.unlink(work.connection, repository.id, channel, release):
        raise ChannelNotFound(name, channel)
    record(work, identity, LogKind.DELETE_TAG, repository, address, channel=channel, release=release)


def delete_channel(work: UnitOfWork, identity: Identity, name: str, channel: ChannelName, *, address: str | None) -> None:
    """Remove a channel; its releases stay. Raises ChannelNotFound."""
    repository = require_package(work, identity, name, Role.WRITE)
    if not store.delete_channel(work.connection, repository.id, channel):
        raise ChannelNotFound(name, channel)
    record(work, identity, LogKind.DELETE_TAG, repository, address, channel=channel)
