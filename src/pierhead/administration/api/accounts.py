"""Users and organizations as superusers manage them (api-v1/admin, section 1)."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import Address, FreshUser, Services
from pierhead.access.api.paging import open_position, seal_position
from pierhead.access.api.quotas import QuotaSettings
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.access.api.views import view_application_token
from pierhead.administration import manage_accounts
from pierhead.administration import take_ownership as verbs_of_ownership
from pierhead.administration.api.views import view_superuser_organization, view_superuser_user
from pierhead.administration.model import UserChanges

router = ApiRouter()

_USERS, _ORGANIZATIONS, _TOKENS = "superuser-users", "superuser-organizations", "superuser-tokens"
Limit = Annotated[int | None, Query(ge=1, le=100)]


class NewUserBody(BaseModel):
    """Who is to have an account."""

    username: str
    email: str | None = None


class ChangesBody(BaseModel):
    """What is to change; absent fields stay as they are."""

    password: str | None = None
    email: str | None = None
    enabled: bool | None = None
    username: str | None = None


@router.get("/superuser/users/")
async def list_users(
    caller: FreshUser,
    services: Services,
    quotas: QuotaSettings,
    disabled: str | None = None,
    limit: Limit = None,
    next_page: str | None = None,
) -> dict[str, Any]:
    """Every user, or those who are enabled; in pages when a limit is given."""
    after = open_position(services, next_page, int, purpose=_USERS) or 0
    enabled_only = not parse_flag(disabled, default=True)
    page = await services.database.read(
        manage_accounts.list_users, caller.identity, enabled_only=enabled_only, after=after, limit=limit, quotas=quotas
    )
    readers = services.options.global_readers
    shown: dict[str, Any] = {"users": [view_superuser_user(user, readers, page.quotas.get(user.id)) for user in page.accounts]}
    return shown if page.following is None else {**shown, "next_page": seal_position(services, page.following, purpose=_USERS)}


@router.post("/superuser/users/")
async def create_user(body: NewUserBody, caller: FreshUser, services: Services, address: Address) -> dict[str, Any]:
    """A new user, with a password that the server has chosen."""
    created = await manage_accounts.create_user(services, caller.identity, body.username, body.email or None, address=address)
    return {
        "username": created.user.name,
        "email": created.user.email,
        "password": created.password,
        "encrypted_password": created.encrypted_password,
    }


@router.get("/superuser/users/{username}")
async def get_user(username: str, caller: FreshUser, services: Services) -> dict[str, Any]:
    """One user."""
    found = await services.database.read(manage_accounts.get_user, caller.identity, username)
    return view_superuser_user(found, services.options.global_readers)


@router.put("/superuser/users/{username}")
async def change_user(username: str, body: ChangesBody, caller: FreshUser, services: Services, address: Address) -> dict[str, Any]:
    """Set the name, password or e-mail address, switch the user off or on."""
    changes = UserChanges(body.password, body.email, body.enabled, body.username)
    changed = await manage_accounts.change_user(services, caller.identity, username, changes, address=address)
    shown = view_superuser_user(changed.user, services.options.global_readers)
    return shown if changed.encrypted_password is None else {**shown, "encrypted_password": changed.encrypted_password}


@router.delete("/superuser/users/{username}", status_code=204)
async def delete_user(username: str, caller: FreshUser, services: Services, address: Address) -> Response:
    """The user and everything in the user's namespace are gone."""
    await services.database.write(manage_accounts.delete_user, caller.identity, username, address=address)
    return Response(status_code=204)


@router.get("/superuser/organizations/")
async def list_organizations(
    caller: FreshUser, services: Services, quotas: QuotaSettings, limit: Limit = None, next_page: str | None = None
) -> dict[str, Any]:
    """Every organization; in pages when a limit is given."""
    after = open_position(services, next_page, int, purpose=_ORGANIZATIONS) or 0
    page = await services.database.read(manage_accounts.list_organizations, caller.identity, after=after, limit=limit, quotas=quotas)
    shown: dict[str, Any] = {
        "organizations": [view_superuser_organization(organization, page.quotas.get(organization.id)) for organization in page.accounts]
    }
    return shown if page.following is None else {**shown, "next_page": seal_position(services, page.following, purpose=_ORGANIZATIONS)}


@router.delete("/superuser/organizations/{organization}", status_code=204)
async def delete_organization(organization: str, caller: FreshUser, services: Services, address: Address) -> Response:
    """The organization and everything under it are gone."""
    await services.database.write(manage_accounts.delete_organization, caller.identity, organization, address=address)
    return Response(status_code=204)


@router.post("/superuser/takeownership/{namespace}", operation_id="takeOwnership")
async def take_ownership(namespace: str, caller: FreshUser, services: Services, address: Address) -> dict[str, str]:
    """The caller administers the namespace; a user's becomes an organization."""
    await services.database.write(verbs_of_ownership.take_ownership, services, caller.identity, namespace, address=address)
    return {"namespace": namespace}


@router.get("/superuser/apptokens", operation_id="listAllAppTokens")
async def list_application_tokens(
    caller: FreshUser, services: Services, expiring: str | None = None, next_page: str | None = None
) -> dict[str, Any]:
    """Application tokens of all users, without their codes; `username` and the pages are additions of ours."""
    only_expiring = parse_flag(expiring, default=False)
    after = open_position(services, next_page, int, purpose=_TOKENS) or 0
    tokens, following = await services.database.read(
        manage_accounts.list_application_tokens, caller.identity, expiring_only=only_expiring, after=after
    )
    shown: dict[str, Any] = {
        "tokens": [{**view_application_token(token), "username": username} for token, username in tokens],
        "only_expiring": only_expiring,
    }
    return shown if following is None else {**shown, "next_page": seal_position(services, following, purpose=_TOKENS)}
