"""Which operation a path of `/v2` names. The repository name may hold slashes, so a path is read from its end."""

from dataclasses import dataclass
from enum import Enum, auto


class Route(Enum):
    """An operation's object; the method says what is done with it."""

    BASE = auto()
    AUTH = auto()
    CATALOG = auto()
    TAGS = auto()
    MANIFEST = auto()
    BLOB = auto()
    UPLOADS = auto()
    UPLOAD = auto()
    REFERRERS = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names; `reference` is a tag, digest or upload uuid, not checked yet."""

    route: Route
    name: str = ""
    reference: str = ""


_FIXED = {"": Route.BASE, "auth": Route.AUTH, "_catalog": Route.CATALOG}


def parse_path(path: str) -> Target | None:
    """What comes after `/v2/`; None when no operation has this form."""
    fixed = _FIXED.get(path)
    if fixed is not None:
        return Target(fixed)
    rest, _, last = path.rpartition("/")
    name, _, kind = rest.rpartition("/")
    if kind == "manifests" and name and last:
        return Target(Route.MANIFEST, name, last)
    if kind == "blobs" and name and last:
        # `<name>/blobs/uploads` (without the slash at its end) is what some clients send.
        return Target(Route.UPLOADS, name) if last == "uploads" else Target(Route.BLOB, name, last)
    owner = name.removesuffix("/blobs")
    if kind == "uploads" and owner and owner != name:
        return Target(Route.UPLOAD, owner, last) if last else Target(Route.UPLOADS, owner)
    if kind == "referrers" and name and last:
        return Target(Route.REFERRERS, name, last)
    if kind == "tags" and last == "list" and name:
        return Target(Route.TAGS, name)
    return None
