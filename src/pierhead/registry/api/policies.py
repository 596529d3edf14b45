"""Policies about tags: what goes by itself, and what may not be changed (api-v1/repositories, sections 7 and 8)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from pierhead.access.api.dependencies import Address, Caller, Services, User
from pierhead.access.api.routing import ApiRouter
from pierhead.registry import manage_policies as verbs
from pierhead.registry.api.dependencies import WRITES, Rules, require_auto_prune, require_immutability
from pierhead.registry.api.views import view_immutability_policy, view_prune_policy, view_prune_preview
from pierhead.registry.manage_policies import Place, Scope
from pierhead.registry.model.policies import ImmutabilityPolicy, PrunePolicy, parse_immutability_policy, parse_prune_policy
from pierhead.repositories.api.paths import RepositoryPath

_SHOWN = 1000


class PrunePolicyBody(BaseModel):
    """A policy: `number_of_tags` with a number, `creation_date` or `last_pull` with a span such as `7d`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"method": "creation_date", "value": "30d", "tagPattern": "dev-.*"}]})

    method: Annotated[str, Field(max_length=40)]
    value: int | Annotated[str, Field(max_length=40)]
    tag_pattern: Annotated[str | None, Field(alias="tagPattern")] = None
    tag_pattern_matches: Annotated[bool | None, Field(alias="tagPatternMatches")] = True

    def read(self) -> PrunePolicy:
        """Raises PolicyInvalid and PatternInvalid."""
        return parse_prune_policy(self.method, self.value, self.tag_pattern, self.tag_pattern_matches is not False)


class ImmutabilityPolicyBody(BaseModel):
    """A policy: tags that the pattern describes whole, or all others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tagPattern": "v[0-9]+\\..*"}]})

    tag_pattern: Annotated[str, Field(alias="tagPattern")]
    tag_pattern_matches: Annotated[bool | None, Field(alias="tagPatternMatches")] = True

    def read(self) -> ImmutabilityPolicy:
        """Raises PatternInvalid."""
        return parse_immutability_policy(self.tag_pattern, self.tag_pattern_matches is not False)


class PreviewBody(BaseModel):
    """The policy to try; without one those that hold now."""

    policy: PrunePolicyBody | None = None


def find_organization(organization: str) -> Place:
    """Names of users are taken too."""
    return Place(Scope.NAMESPACE, organization)


def find_own_namespace(user: User) -> Place:
    """The caller's own namespace."""
    return Place(Scope.NAMESPACE, user.user.name)


def find_repository(repository: RepositoryPath) -> Place:
    """A repository."""
    return Place(Scope.REPOSITORY, repository)


def _create_prune_router(base: str, find_place: Callable[..., Place]) -> ApiRouter:
    router = ApiRouter(tags=["policy"], dependencies=[Depends(require_auto_prune)])

    @router.post(base + "preview")
    async def preview(
        place: Annotated[Place, Depends(find_place)], body: PreviewBody, caller: Caller, services: Services, rules: Rules
    ) -> dict[str, Any]:
        """Which tags would go now, and how many bytes with them; nothing is saved."""
        policy = None if body.policy is None else body.policy.read()
        found = await services.database.read(verbs.preview_prune, caller, place, policy, rules.default_prune)
        return {
            "count": sum(len(each.tags) for each in found),
            "freed_bytes": sum(each.freed_bytes for each in found),
            "repositories": [view_prune_preview(each, _SHOWN) for each in found],
        }

    @router.get(base)
    async def list_all(place: Annotated[Place, Depends(find_place)], caller: Caller, services: Services) -> dict[str, Any]:
        """Its own policies of pruning."""
        found = await services.database.read(verbs.list_prune_policies, caller, place)
        return {"policies": [view_prune_policy(policy) for policy in found]}

    @router.post(base, status_code=201, dependencies=WRITES)
    async def create(
        place: Annotated[Place, Depends(find_place)], body: PrunePolicyBody, caller: Caller, services: Services, address: Address
    ) -> dict[str, str]:
        """A further policy of pruning."""
        created = await services.database.write(verbs.create_prune_policy, caller, place, body.read(), address=address)
        return {"uuid": created.uuid}

    @router.get(base + "{uuid}")
    async def get(place: Annotated[Place, Depends(find_place)], uuid: str, caller: Caller, services: Services) -> dict[str, Any]:
        """One policy of pruning."""
        return view_prune_policy(await services.database.read(verbs.get_prune_policy, caller, place, uuid))

    @router.put(base + "{uuid}", status_code=204, dependencies=WRITES)
    async def change(
        place: Annotated[Place, Depends(find_place)], uuid: str, body: PrunePolicyBody, caller: Caller, services: Services, address: Address
    ) -> Response:
        """Replace a policy of pruning."""
        policy = replace(body.read(), uuid=uuid)
        await services.database.write(verbs.change_prune_policy, caller, place, policy, address=address)
        return Response(status_code=204)

    @router.delete(base + "{uuid}", dependencies=WRITES)
    async def delete(
        place: Annotated[Place, Depends(find_place)], uuid: str, caller: Caller, services: Services, address: Address
    ) -> dict[str, str]:
        """Remove a policy of pruning."""
        await services.database.write(verbs.delete_prune_policy, caller, place, uuid, address=address)
        return {"uuid": uuid}

    return router


def _create_immutability_router(base: str, find_place: Callable[..., Place]) -> ApiRouter:
    router = ApiRouter(tags=["policy"], dependencies=[Depends(require_immutability)])

    @router.get(base)
    async def list_all(place: Annotated[Place, Depends(find_place)], caller: Caller, services: Services) -> dict[str, Any]:
        """Its own policies of immutability."""
        found = await services.database.read(verbs.list_immutability_policies, caller, place)
        return {"policies": [view_immutability_policy(policy) for policy in found]}

    @router.post(base, status_code=201, dependencies=WRITES)
    async def create(
        place: Annotated[Place, Depends(find_place)], body: ImmutabilityPolicyBody, caller: Caller, services: Services, address: Address
    ) -> dict[str, str]:
        """A further policy of immutability; tags that it describes are held fast at once."""
        created = await services.database.write(verbs.create_immutability_policy, caller, place, body.read(), address=address)
        return {"uuid": created.uuid}

    @router.get(base + "{uuid}")
    async def get(place: Annotated[Place, Depends(find_place)], uuid: str, caller: Caller, services: Services) -> dict[str, Any]:
        """One policy of immutability."""
        return view_immutability_policy(await services.database.read(verbs.get_immutability_policy, caller, place, uuid))

    @router.put(base + "{uuid}", status_code=204, dependencies=WRITES)
    async def change(
        place: Annotated[Place, Depends(find_place)],
        uuid: str,
        body: ImmutabilityPolicyBody,
        caller: Caller,
        services: Services,
        address: Address,
    ) -> Response:
        """Replace a policy of immutability."""
        policy = replace(body.read(), uuid=uuid)
        await services.database.write(verbs.change_immutability_policy, caller, place, policy, address=address)
        return Response(status_code=204)

    @router.delete(base + "{uuid}", dependencies=WRITES)
    async def delete(
        place: Annotated[Place, Depends(find_place)], uuid: str, caller: Caller, services: Services, address: Address
    ) -> dict[str, str]:
        """Remove a policy of immutability; tags that it held fast stay so."""
        await services.database.write(verbs.delete_immutability_policy, caller, place, uuid, address=address)
        return {"uuid": uuid}

    return router


ROUTERS = (
    _create_prune_router("/organization/{organization}/autoprunepolicy/", find_organization),
    _create_prune_router("/user/autoprunepolicy/", find_own_namespace),
    _create_prune_router("/repository/{repository:path}/autoprunepolicy/", find_repository),
    _create_immutability_router("/organization/{organization}/immutabilitypolicy/", find_organization),
    _create_immutability_router("/repository/{repository:path}/immutabilitypolicy/", find_repository),
)
