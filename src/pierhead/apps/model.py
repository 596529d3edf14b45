"""What a package is: releases with versions, content by media type, and channels that lead to releases."""

import re
from collections.abc import Iterable
from typing import NamedTuple, NewType

from semver import Version

from pierhead.platform.errors import AlreadyExists, Conflict, Invalid, NotFound, TooLarge

Release = NewType("Release", str)  # a semantic version
MediaType = NewType("MediaType", str)  # short, such as helm
ChannelName = NewType("ChannelName", str)

DEFAULT_RELEASE = "default"
RELEASE_LIST = "application/vnd.cnr.manifest.list.v0.json"
_LONGEST = 128
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_CHANNEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)


class PackageNotFound(NotFound):
    """There is no such package; also the answer for a repository of images."""

    def __init__(self, package: str) -> None:
        super().__init__(f"The package '{package}' does not exist.", detail={"package": package})


class ReleaseNotFound(NotFound):
    """The package has no such release, or not with this media type."""

    def __init__(self, package: str, release: str) -> None:
        super().__init__(f"The package '{package}' has no release '{release}'.", detail={"package": package, "release": release})


class ChannelNotFound(NotFound):
    """The package has no such channel, or the channel never led to the release."""

    def __init__(self, package: str, channel: str) -> None:
        super().__init__(f"The package '{package}' has no channel '{channel}'.", detail={"package": package, "channel": channel})


class ReleaseExists(AlreadyExists):
    """The release has content of this media type already."""

    def __init__(self, package: str, release: str, media_type: str) -> None:
        super().__init__(
            f"The release '{release}' of '{package}' exists already with the media type '{media_type}'. Push it with force to replace it.",
            detail={"package": package, "release": release, "media_type": media_type},
        )


class ReleaseInUse(Conflict):
    """A channel leads to the release."""

    def __init__(self, release: str, channels: Iterable[str]) -> None:
        names = sorted(channels)
        super().__init__(
            f"The release '{release}' is the current one of {', '.join(names)}: move or delete the channel first.",
            detail={"release": release, "channels": names},
        )


class InvalidRelease(Invalid):
    """The text is no semantic version."""

    def __init__(self, text: str) -> None:
        super().__init__(f"'{text[:100]}' is no semantic version, such as 1.10.0 or 2.0.0-rc.1.", detail={"release": text[:100]})


class InvalidParameters(Invalid):
    """A field of the request breaks a rule; the message names it."""


class PackageTooLarge(TooLarge):
    """The package is larger than the setting allows."""

    def __init__(self, maximum_bytes: int) -> None:
        super().__init__(f"The package is larger than {maximum_bytes} bytes.", detail={"maximum_bytes": maximum_bytes})


class ReleaseContent(NamedTuple):
    """The content of a release for one media type. `tar_digest` is the sha256 of the unpacked tar, which the protocol names it by."""

    release: Release
    media_type: MediaType
    manifest_digest: str
    manifest_bytes: int
    blob_digest: str
    tar_digest: str
    size_bytes: int
    created_at: str  # RFC 3339


class Channel(NamedTuple):
    """A movable name: `current` is the release that it leads to, `releases` all that it led to and that exist, newest link first."""

    name: ChannelName
    current: Release
    releases: tuple[Release, ...]


def parse_release(text: str) -> Release:
    """Raises InvalidRelease."""
    if len(text) > _LONGEST or not Version.is_valid(text):
        raise InvalidRelease(text)
    return Release(text)


def parse_media_type(text: str) -> MediaType:
    """Raises InvalidParameters."""
    if not _MEDIA_TYPE.fullmatch(text):
        raise InvalidParameters(f"'{text[:100]}' is no media type of a package, such as helm.", detail={"media_type": text[:100]})
    return MediaType(text)


def parse_channel(text: str) -> ChannelName:
    """Raises InvalidParameters; a channel cannot have the name that stands for the highest version."""
    if not _CHANNEL.fullmatch(text) or text == DEFAULT_RELEASE or Version.is_valid(text):
        raise InvalidParameters(
            f"'{text[:100]}' is no channel name: use letters, digits, '_', '.' and '-'; neither a version nor '{DEFAULT_RELEASE}'.",
            detail={"channel": text[:100]},
        )
    return ChannelName(text)


def is_release(text: str) -> bool:
    """Whether the text is a semantic version."""
    return len(text) <= _LONGEST and Version.is_valid(text)


def tag_of(release: Release) -> str:
    """The tag that holds a release: a tag has no `+`, so it is written `_`, as Helm does; a version has no `_`."""
    return release.replace("+", "_")


def release_of(tag: str) -> Release | None:
    """The release that a tag holds; None for a tag that holds none."""
    text = tag.replace("_", "+")
    return Release(text) if is_release(text) else None


def order_releases(releases: Iterable[Release]) -> list[Release]:
    """Highest version first; versions that differ in their build only stand in the order of the text."""
    return sorted(releases, key=lambda release: (Version.parse(release), release), reverse=True)


def manifest_media_type(media_type: MediaType) -> str:
    """The whole media type of a package's manifest."""
    return f"application/vnd.cnr.package-manifest.{media_type}.v0.json"


def content_media_type(media_type: MediaType) -> str:
    """The whole media type of a package's content."""
    return f"application/vnd.cnr.package.{media_type}.v0.tar+gzip"
