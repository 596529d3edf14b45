"""One change of many tags: those that a filter means, or those of these names."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pierhead.access.api.dependencies import Address, Caller, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.platform.clock import to_milliseconds
from pierhead.registry import bulk_tags as verbs
from pierhead.registry.api.dependencies import WRITES, Rules
from pierhead.registry.api.filters import FilterBody
from pierhead.registry.api.views import view_chosen
from pierhead.registry.bulk_tags import BulkAction, BulkChange
from pierhead.registry.model.selection import EVERYTHING
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter(tags=["tag"])

_SHOWN = 1000
_MOST_SECONDS = 10**11


class ChosenBody(BaseModel):
    """Which tags are meant: names, a filter, or both."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"filter": {"pattern": "dev-.*", "older_than": "30d"}}]})

    names: Annotated[list[Annotated[str, Field(max_length=128)]], Field(max_length=1000)] | None = None
    filter: FilterBody | None = None


class ChangeBody(ChosenBody):
    """The change; `expiration` belongs to `expire`, in Unix seconds, null for tags that never end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"action": "delete", "filter": {"pattern": "dev-.*", "older_than": "30d"}}]})

    action: BulkAction
    expiration: Annotated[float, Field(ge=0, le=_MOST_SECONDS)] | None = None


@router.post("/repository/{repository:path}/tags/preview")
async def preview(repository: RepositoryPath, body: ChosenBody, caller: Caller, services: Services) -> dict[str, Any]:
    """The tags that a change would be about, and what deleting them would free."""
    found = await _preview(repository, body, caller, services)
    return {
        "count": len(found.chosen),
        "immutable": found.immutable,
        "freed_bytes": found.freed_bytes,
        "tags": [view_chosen(tag) for tag in found.chosen[:_SHOWN]],
        "has_additional": len(found.chosen) > _SHOWN,
    }


@router.post("/repository/{repository:path}/tags/change", dependencies=WRITES)
async def change(
    repository: RepositoryPath, body: ChangeBody, caller: Caller, services: Services, rules: Rules, address: Address
) -> dict[str, Any]:
    """Delete, let end, hold fast or let go; in several small transactions. Immutable tags are not deleted, and told."""
    found = await _preview(repository, body, caller, services)
    wanted = BulkChange(body.action, None if body.expiration is None else round(body.expiration * 1000))
    changed, refused = [], []
    # One transaction even where nothing is chosen: it checks the caller's right.
    for names in verbs.split_steps(found.chosen) or [[]]:
        step = await services.database.write(verbs.change_some, caller, repository, names, wanted, rules, address=address)
        changed += step.changed
        refused += step.refused
    return {
        "changed": len(changed),
        "refused": len(refused),
        "changed_tags": changed[:_SHOWN],
        "refused_tags": refused[:_SHOWN],
    }


async def _preview(repository: str, body: ChosenBody, caller: Caller, services: Services) -> verbs.BulkPreview:
    wanted = EVERYTHING if body.filter is None else body.filter.read(to_milliseconds(services.database.clock.now()))
    verbs.require_filter(wanted, body.names, everything=body.filter is not None and body.filter.all)
    return await services.database.read(verbs.preview_bulk, caller, repository, wanted, body.names)
