"""How packages look on the wire (app-registry 2)."""

from datetime import UTC, datetime

from pierhead.apps.model import Channel, ReleaseContent, content_media_type, manifest_media_type
from pierhead.apps.packages import Package


def view_content(name: str, content: ReleaseContent) -> dict[str, object]:
    """A Release object."""
    return {
        "created_at": content.created_at,
        "package": name,
        "release": content.release,
        "mediaType": manifest_media_type(content.media_type),
        "digest": content.manifest_digest,
        "content": {
            "mediaType": content_media_type(content.media_type),
            "size": content.size_bytes,
            "digest": content.tar_digest,
            "urls": [],
        },
    }


def view_package(package: Package) -> dict[str, object]:
    """A package in a list."""
    return {
        "namespace": package.name.partition("/")[0],
        "name": package.name,
        "visibility": "public" if package.is_public else "private",
        "default": package.releases[0] if package.releases else None,
        "channels": list(package.channels) or None,
        "manifests": list(package.media_types),
        "releases": list(package.releases),
        "created_at": _view_time(package.created_ms),
        "updated_at": _view_time(package.updated_ms),
    }


def view_channel(channel: Channel) -> dict[str, object]:
    """A channel."""
    return {"name": channel.name, "current": channel.current, "releases": list(channel.releases)}


def name_file(name: str, release: str) -> str:
    """The file that a package is downloaded as."""
    return f"{name.replace('/', '_')}_{release}.tar.gz"


def _view_time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
