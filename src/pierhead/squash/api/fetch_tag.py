"""*Fetch Tag*: the command lines for one tag (squash, section 2; specification S7.4 to S7.7)."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from pierhead.access.api.dependencies import Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.registry.model.names import parse_tag_name
from pierhead.repositories.api.paths import RepositoryPath
from pierhead.squash.fetch_tag import FetchableTag, Robots, describe_tag
from pierhead.squash.model.commands import Command, Target, list_commands

router = ApiRouter(tags=["tag"])

_SQUASH = "squash"


@router.get("/repository/{repository:path}/tag/{tag}/fetch")
async def fetch_tag(
    repository: RepositoryPath,
    tag: str,
    request: Request,
    response: Response,
    caller: Caller,
    services: Services,
    platform: Annotated[str | None, Query(max_length=100, pattern="^[^/\\x00]+(/[^/\\x00]+){1,2}$")] = None,
    robot: Annotated[str | None, Query(max_length=300)] = None,
) -> dict[str, Any]:
    """How to fetch a tag in each format, with the credentials of a robot where one is named; and the robots to choose from."""
    base_url = getattr(request.app.state, "public_url", None) or str(request.base_url).rstrip("/")
    target_host = base_url.partition("://")[2]
    robots = Robots(services.secret_box, services.repository_grants)
    name = parse_tag_name(tag)
    found = await services.database.read(describe_tag, caller, repository, name, platform, target_host, robot, robots)
    commands = list_commands(
        Target(base_url, found.repository.name, name, found.digest, platform), found.login, is_public=found.repository.is_public
    )
    response.headers["Cache-Control"] = "no-store"
    return {
        "name": name,
        "manifest_digest": found.digest,
        "platforms": list(found.platforms),
        "robot": found.login.name if found.login else None,
        "needs_login": not found.repository.is_public,
        "robots": [{"name": each.name, "has_access": each.has_access} for each in found.robots],
        "formats": [_view(command, found) for command in commands],
    }


def _view(command: Command, found: FetchableTag) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": command.name, "title": command.title, "command": command.line}
    if command.name != _SQUASH:
        return {**shown, "is_available": True}
    return {
        **shown,
        "command_with_option": command.line_with_option or command.line,
        "is_available": found.squash_refusal is None,
        "reason": found.squash_refusal,
        "image": found.name.whole,
        "is_cached": found.cached is not None,
        "size": found.cached.size_bytes if found.cached else None,
    }
