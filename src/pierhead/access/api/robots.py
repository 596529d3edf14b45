"""Robots of the caller and of organizations (api-v1/accounts, section 4)."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from pierhead.access import manage_robots
from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.access.api.views import view_federation, view_robot
from pierhead.access.manage_robots import RobotListing, Rotation
from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.accounts.model.accounts import Federation, TokenLife

router = ApiRouter()

_LONGEST_OVERLAP = 30 * 24 * 3600
_SHORTEST_LIFE, _LONGEST_LIFE = 60, 10 * 365 * 24 * 3600


class NewRobotBody(BaseModel):
    """What the robot is for, and whatever its creator wants to remember."""

    description: str | None = None
    unstructured_metadata: dict[str, Any] | None = None
    token_lifetime_seconds: int | None = Field(None, ge=_SHORTEST_LIFE, le=_LONGEST_LIFE, strict=True)


class FederationBody(BaseModel):
    """An OIDC subject that may act as the robot."""

    issuer: str
    subject: str


def find_own_namespace(caller: Caller) -> str:
    """The namespace of `/user/robots`. Raises SignInRequired and NotAllowed."""
    if caller.user_id is None or caller.name is None:
        raise SignInRequired
    if not caller.administers_user:
        raise NotAllowed
    return caller.name


OwnNamespace = Annotated[str, Depends(find_own_namespace)]


def parse_listing(
    token: str | None = None, permissions: str | None = None, limit: Annotated[int | None, Query(ge=1)] = None
) -> RobotListing:
    """What a list of robots shows."""
    return RobotListing(parse_flag(token, default=True), parse_flag(permissions, default=False), limit)


Listing = Annotated[RobotListing, Depends(parse_listing)]


def parse_rotation(
    services: Services,
    overlap_seconds: Annotated[int | None, Query(ge=0, le=_LONGEST_OVERLAP)] = None,
    token_lifetime_seconds: Annotated[int | None, Query(ge=_SHORTEST_LIFE, le=_LONGEST_LIFE)] = None,
) -> Rotation:
    """How long the old token goes on working (the setting says it where the call does not), and how long the new one lives."""
    overlap = services.options.robot_overlap_seconds if overlap_seconds is None else overlap_seconds
    return Rotation(overlap, None if token_lifetime_seconds is None else TokenLife(token_lifetime_seconds))


WantedRotation = Annotated[Rotation, Depends(parse_rotation)]


async def _list(services: Services, caller: Caller, namespace: str, listing: RobotListing) -> dict[str, Any]:
    views = await services.database.read(
        manage_robots.list_robots, caller, namespace, listing, secret_box=services.secret_box, grants=services.repository_grants
    )
    return {"robots": [view_robot(view) for view in views]}


async def _get(services: Services, caller: Caller, namespace: str, short: str) -> dict[str, Any]:
    return view_robot(await services.database.read(manage_robots.get_robot, caller, namespace, short, secret_box=services.secret_box))


async def _create(
    services: Services, caller: Caller, namespace: str, short: str, body: NewRobotBody | None, address: Address
) -> dict[str, Any]:
    description = (body.description if body else None) or ""
    view = await services.database.write(
        manage_robots.create_robot,
        caller,
        namespace,
        short,
        description,
        body.unstructured_metadata if body else None,
        secret_box=services.secret_box,
        life=TokenLife(body.token_lifetime_seconds if body else None),
        address=address,
    )
    return view_robot(view)


async def _regenerate(
    services: Services, caller: Caller, namespace: str, short: str, rotation: Rotation, address: Address
) -> dict[str, Any]:
    view = await services.database.write(
        manage_robots.regenerate_robot_token, caller, namespace, short, rotation, secret_box=services.secret_box, address=address
    )
    return view_robot(view, with_metadata=False)


async def _delete(services: Services, caller: Caller, namespace: str, short: str, address: Address) -> Response:
    await services.database.write(manage_robots.delete_robot, caller, namespace, short, address=address)
    return Response(status_code=204)


@router.get("/user/robots")
async def list_own_robots(namespace: OwnNamespace, caller: Caller, services: Services, listing: Listing) -> dict[str, Any]:
    """The caller's robots."""
    return await _list(services, caller, namespace, listing)


@router.get("/user/robots/{short}")
async def get_own_robot(short: str, namespace: OwnNamespace, caller: Caller, services: Services) -> dict[str, Any]:
    """One robot of the caller, with its token."""
    return await _get(services, caller, namespace, short)


@router.put("/user/robots/{short}", status_code=201)
async def create_own_robot(
    short: str, namespace: OwnNamespace, caller: Caller, services: Services, address: Address, body: NewRobotBody | None = None
) -> dict[str, Any]:
    """A new robot of the caller."""
    return await _create(services, caller, namespace, short, body, address)


@router.post("/user/robots/{short}/regenerate")
async def regenerate_own_robot(
    short: str, namespace: OwnNamespace, caller: Caller, services: Services, rotation: WantedRotation, address: Address
) -> dict[str, Any]:
    """A new token for a robot of the caller; the old one may go on working for a while, so that a rotation interrupts nobody."""
    return await _regenerate(services, caller, namespace, short, rotation, address)


@router.delete("/user/robots/{short}", status_code=204)
async def delete_own_robot(short: str, namespace: OwnNamespace, caller: Caller, services: Services, address: Address) -> Response:
    """The robot and what it may do are gone."""
    return await _delete(services, caller, namespace, short, address)


@router.get("/organization/{organization}/robots")
async def list_robots(organization: str, caller: Caller, services: Services, listing: Listing) -> dict[str, Any]:
    """The robots of an organization, or of the caller under its own name."""
    return await _list(services, caller, organization, listing)


@router.get("/organization/{organization}/robots/{short}")
async def get_robot(organization: str, short: str, caller: Caller, services: Services) -> dict[str, Any]:
    """One robot, with its token."""
    return await _get(services, caller, organization, short)


@router.put("/organization/{organization}/robots/{short}", status_code=201)
async def create_robot(
    organization: str, short: str, caller: Caller, services: Services, address: Address, body: NewRobotBody | None = None
) -> dict[str, Any]:
    """A new robot."""
    return await _create(services, caller, organization, short, body, address)


@router.post("/organization/{organization}/robots/{short}/regenerate")
async def regenerate_robot(
    organization: str, short: str, caller: Caller, services: Services, rotation: WantedRotation, address: Address
) -> dict[str, Any]:
    """A new token for a robot; the old one may go on working for a while, so that a rotation interrupts nobody."""
    return await _regenerate(services, caller, organization, short, rotation, address)


@router.delete("/organization/{organization}/robots/{short}", status_code=204)
async def delete_robot(organization: str, short: str, caller: Caller, services: Services, address: Address) -> Response:
    """The robot and what it may do are gone."""
    return await _delete(services, caller, organization, short, address)


async def _list_federation(services: Services, caller: Caller, namespace: str, short: str) -> list[dict[str, str]]:
    return view_federation(await services.database.read(manage_robots.list_federation, caller, namespace, short))


async def _replace_federation(
    services: Services, caller: Caller, namespace: str, short: str, body: list[FederationBody], address: Address
) -> list[dict[str, str]]:
    subjects = [Federation(entry.issuer, entry.subject) for entry in body]
    await services.database.write(manage_robots.replace_federation, caller, namespace, short, subjects, address=address)
    return view_federation(subjects)


@router.get("/user/robots/{short}/federation")
async def list_own_federation(short: str, namespace: OwnNamespace, caller: Caller, services: Services) -> list[dict[str, str]]:
    """The OIDC subjects that may act as a robot of the caller."""
    return await _list_federation(services, caller, namespace, short)


@router.post("/user/robots/{short}/federation")
async def replace_own_federation(
    short: str, body: list[FederationBody], namespace: OwnNamespace, caller: Caller, services: Services, address: Address
) -> list[dict[str, str]]:
    """These subjects may act as the caller's robot, and no others."""
    return await _replace_federation(services, caller, namespace, short, body, address)


@router.delete("/user/robots/{short}/federation", status_code=204)
async def delete_own_federation(short: str, namespace: OwnNamespace, caller: Caller, services: Services, address: Address) -> Response:
    """No subject may act as the caller's robot any more."""
    await _replace_federation(services, caller, namespace, short, [], address)
    return Response(status_code=204)


@router.get("/organization/{organization}/robots/{short}/federation")
async def list_federation(organization: str, short: str, caller: Caller, services: Services) -> list[dict[str, str]]:
    """The OIDC subjects that may act as a robot."""
    return await _list_federation(services, caller, organization, short)


@router.post("/organization/{organization}/robots/{short}/federation")
async def replace_federation(
    organization: str, short: str, body: list[FederationBody], caller: Caller, services: Services, address: Address
) -> list[dict[str, str]]:
    """These subjects may act as the robot, and no others."""
    return await _replace_federation(services, caller, organization, short, body, address)


@router.delete("/organization/{organization}/robots/{short}/federation", status_code=204)
async def delete_federation(organization: str, short: str, caller: Caller, services: Services, address: Address) -> Response:
    """No subject may act as the robot any more."""
    await _replace_federation(services, caller, organization, short, [], address)
    return Response(status_code=204)
