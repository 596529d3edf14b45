"""Quotas of namespaces (api-v1/repositories, section 9). `{organization}` may be a user's name, too."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Response
from fastapi import Path as PathParameter
from pydantic import BaseModel, Field

from pierhead.access.api.dependencies import Address, Caller, FreshUser, Services, User
from pierhead.access.api.quotas import QuotaSettings, view_quota
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.errors import FeatureDisabled
from pierhead.access.model.permissions import Passage
from pierhead.accounts.model.quotas import Quota, QuotaLimit, QuotaPolicy, format_size
from pierhead.administration import manage_quotas as verbs
from pierhead.administration.manage_quotas import NewSize, QuotaOwner

router = ApiRouter()

_LARGEST_ID = 2**63 - 1
Id = Annotated[int, PathParameter(ge=0, le=_LARGEST_ID)]


class SizeBody(BaseModel):
    """How large: bytes, or a text such as `10 GiB`; one of them."""

    limit_bytes: int | None = None
    limit: str | None = Field(default=None, max_length=64, examples=["10 GiB"])

    def parse(self) -> NewSize:
        """As the verbs take it."""
        return NewSize(self.limit_bytes, self.limit)


class NewLimitBody(BaseModel):
    """What happens at which share of the quota."""

    type: str
    threshold_percent: int


class LimitChangesBody(BaseModel):
    """What is to change; absent fields stay as they are."""

    type: str | None = None
    threshold_percent: int | None = None


def find_editable_quotas(policy: QuotaSettings) -> QuotaPolicy:
    """Raises FeatureDisabled while quotas are off, or only the settings give them."""
    if not policy.is_on or not policy.is_editable:
        raise FeatureDisabled
    return policy


Quotas = Annotated[QuotaPolicy, Depends(find_editable_quotas)]


def _view(quota: Quota, policy: QuotaPolicy) -> dict[str, Any]:
    return {
        **view_quota(quota),
        "limit": format_size(quota.limit_bytes),
        "default_config": quota.is_default,
        "default_config_exists": policy.default is not None,
    }


def _view_limit(limit: QuotaLimit) -> dict[str, Any]:
    return {"id": limit.id, "type": limit.kind.value, "limit_percent": limit.percent}


def _view_limits(limits: Sequence[QuotaLimit]) -> list[dict[str, Any]]:
    return [_view_limit(limit) for limit in limits]


@router.get("/organization/{organization}/quota")
async def list_organization_quota(organization: str, caller: Caller, services: Services, policy: Quotas) -> list[dict[str, Any]]:
    """The quota of a namespace, its own or the default."""
    found = await services.database.read(verbs.list_quotas, caller, QuotaOwner(organization), policy)
    return [_view(quota, policy) for quota in found]


@router.post("/organization/{organization}/quota", status_code=201)
async def create_organization_quota(
    organization: str, body: SizeBody, caller: Caller, services: Services, _policy: Quotas, address: Address
) -> str:
    """Give the namespace a quota."""
    await services.database.write(verbs.create_quota, caller, QuotaOwner(organization), body.parse(), address=address)
    return "Created"


@router.get("/organization/{organization}/quota/{quota_id}")
async def get_organization_quota(organization: str, quota_id: Id, caller: Caller, services: Services, policy: Quotas) -> dict[str, Any]:
    """A quota that the namespace was given."""
    return _view(await services.database.read(verbs.get_quota, caller, QuotaOwner(organization), quota_id), policy)


@router.put("/organization/{organization}/quota/{quota_id}")
async def change_organization_quota(
    organization: str, quota_id: Id, body: SizeBody, caller: Caller, services: Services, policy: Quotas, address: Address
) -> dict[str, Any]:
    """Change the size."""
    owner = QuotaOwner(organization)
    return _view(await services.database.write(verbs.change_quota, caller, owner, quota_id, body.parse(), address=address), policy)


@router.delete("/organization/{organization}/quota/{quota_id}", status_code=204)
async def delete_organization_quota(
    organization: str, quota_id: Id, caller: Caller, services: Services, _policy: Quotas, address: Address
) -> Response:
    """The default counts again."""
    await services.database.write(verbs.delete_quota, caller, QuotaOwner(organization), quota_id, address=address)
    return Response(status_code=204)


@router.get("/organization/{organization}/quota/{quota_id}/limit")
async def list_organization_quota_limit(
    organization: str, quota_id: Id, caller: Caller, services: Services, _policy: Quotas
) -> list[dict[str, Any]]:
    """Every limit of the quota."""
    owner = QuotaOwner(organization)
    return _view_limits((await services.database.read(verbs.get_quota, caller, owner, quota_id, passage=Passage.BOTH)).limits)


@router.post("/organization/{organization}/quota/{quota_id}/limit", status_code=201)
async def create_organization_quota_limit(
    organization: str, quota_id: Id, body: NewLimitBody, caller: Caller, services: Services, _policy: Quotas, address: Address
) -> str:
    """Warn, or refuse pushes, at a share of the quota."""
    owner = QuotaOwner(organization)
    await services.database.write(verbs.create_limit, caller, owner, quota_id, body.type, body.threshold_percent, address=address)
    return "Created"


@router.get("/organization/{organization}/quota/{quota_id}/limit/{limit_id}")
async def get_organization_quota_limit(
    organization: str, quota_id: Id, limit_id: Id, caller: Caller, services: Services, _policy: Quotas
) -> dict[str, Any]:
    """One limit."""
    _, limit = await services.database.read(verbs.get_limit, caller, QuotaOwner(organization), quota_id, limit_id)
    return _view_limit(limit)


@router.put("/organization/{organization}/quota/{quota_id}/limit/{limit_id}")
async def change_organization_quota_limit(
    organization: str,
    quota_id: Id,
    limit_id: Id,
    body: LimitChangesBody,
    caller: Caller,
    services: Services,
    policy: Quotas,
    address: Address,
) -> dict[str, Any]:
    """Change a limit; the answer is the quota."""
    changed = await services.database.write(
        verbs.change_limit,
        caller,
        QuotaOwner(organization),
        quota_id,
        limit_id,
        kind=body.type,
        percent=body.threshold_percent,
        address=address,
    )
    return _view(changed, policy)


@router.delete("/organization/{organization}/quota/{quota_id}/limit/{limit_id}", status_code=204)
async def delete_organization_quota_limit(
    organization: str, quota_id: Id, limit_id: Id, caller: Caller, services: Services, _policy: Quotas, address: Address
) -> Response:
    """Remove a limit."""
    await services.database.write(verbs.delete_limit, caller, QuotaOwner(organization), quota_id, limit_id, address=address)
    return Response(status_code=204)


@router.get("/user/quota")
async def list_user_quota(caller: User, services: Services, policy: Quotas) -> list[dict[str, Any]]:
    """The quota of the caller's own namespace."""
    owner = QuotaOwner("", is_own=True)
    return [_view(quota, policy) for quota in await services.database.read(verbs.list_quotas, caller.identity, owner, policy)]


@router.get("/user/quota/{quota_id}")
async def get_user_quota(quota_id: Id, caller: User, services: Services, policy: Quotas) -> dict[str, Any]:
    """A quota that the caller's own namespace was given."""
    return _view(await services.database.read(verbs.get_quota, caller.identity, QuotaOwner("", is_own=True), quota_id), policy)


@router.get("/user/quota/{quota_id}/limit")
async def list_user_quota_limit(quota_id: Id, caller: User, services: Services, _policy: Quotas) -> list[dict[str, Any]]:
    """Every limit of the quota."""
    owner = QuotaOwner("", is_own=True)
    return _view_limits((await services.database.read(verbs.get_quota, caller.identity, owner, quota_id)).limits)


@router.get("/user/quota/{quota_id}/limit/{limit_id}")
async def get_user_quota_limit(quota_id: Id, limit_id: Id, caller: User, services: Services, policy: Quotas) -> dict[str, Any]:
    """The whole quota, as clients of Quay get it here; 404 for a limit that it does not have."""
    owner = QuotaOwner("", is_own=True)
    quota, _ = await services.database.read(verbs.get_limit, caller.identity, owner, quota_id, limit_id)
    return _view(quota, policy)


@router.get("/superuser/users/{namespace}/quota", operation_id="listUserQuotaSuperUser")
@router.get("/superuser/organization/{namespace}/quota", operation_id="listOrganizationQuotaSuperUser")
async def list_any_quota(namespace: str, caller: FreshUser, services: Services, policy: Quotas) -> list[dict[str, Any]]:
    """The quota of any namespace."""
    owner = QuotaOwner(namespace, by_superuser=True)
    return [_view(quota, policy) for quota in await services.database.read(verbs.list_quotas, caller.identity, owner, policy)]


@router.post("/superuser/users/{namespace}/quota", status_code=201, operation_id="createUserQuotaSuperUser")
@router.post("/superuser/organization/{namespace}/quota", status_code=201, operation_id="createOrganizationQuotaSuperUser")
async def create_any_quota(namespace: str, body: SizeBody, caller: FreshUser, services: Services, _policy: Quotas, address: Address) -> str:
    """Give any namespace a quota."""
    owner = QuotaOwner(namespace, by_superuser=True)
    await services.database.write(verbs.create_quota, caller.identity, owner, body.parse(), address=address)
    return "Created"


@router.put("/superuser/users/{namespace}/quota/{quota_id}", operation_id="changeUserQuotaSuperUser")
@router.put("/superuser/organization/{namespace}/quota/{quota_id}", operation_id="changeOrganizationQuotaSuperUser")
async def change_any_quota(
    namespace: str, quota_id: Id, body: SizeBody, caller: FreshUser, services: Services, policy: Quotas, address: Address
) -> dict[str, Any]:
    """Change the size of any namespace's quota."""
    owner = QuotaOwner(namespace, by_superuser=True)
    changed = await services.database.write(verbs.change_quota, caller.identity, owner, quota_id, body.parse(), address=address)
    return _view(changed, policy)


@router.delete("/superuser/users/{namespace}/quota/{quota_id}", status_code=204, operation_id="deleteUserQuotaSuperUser")
@router.delete("/superuser/organization/{namespace}/quota/{quota_id}", status_code=204, operation_id="deleteOrganizationQuotaSuperUser")
async def delete_any_quota(
    namespace: str, quota_id: Id, caller: FreshUser, services: Services, _policy: Quotas, address: Address
) -> Response:
    """Take any namespace's quota away."""
    owner = QuotaOwner(namespace, by_superuser=True)
    await services.database.write(verbs.delete_quota, caller.identity, owner, quota_id, address=address)
    return Response(status_code=204)
