"""What routes of repositories ask for beside the caller."""

from typing import Annotated

from fastapi import Depends, Request

from pierhead.access.api.dependencies import Services
from pierhead.repositories.services import RepositoryServices

_PURPOSE = "page-of-repositories"
_PAGE_TOKEN_SECONDS = 2 * 24 * 3600


def find_repository_services(request: Request) -> RepositoryServices:
    """The services that the composition root put into the application's state as `repositories`."""
    services: RepositoryServices = request.app.state.repositories
    return services


OwnServices = Annotated[RepositoryServices, Depends(find_repository_services)]


def find_position(services: Services, next_page: str | None = None) -> int:
    """The row id after which the page begins. A token that is empty, old or not ours means the first page (api-v1, section 3.6)."""
    now = services.database.clock.now()
    text = services.secret_box.open_text(next_page or "", purpose=_PURPOSE, max_age_seconds=_PAGE_TOKEN_SECONDS, now=now)
    return int(text) if text else 0


Position = Annotated[int, Depends(find_position)]


def seal_position(services: Services, row_id: int) -> str:
    """The token of the page that begins after this row."""
    return services.secret_box.seal_text(str(row_id), purpose=_PURPOSE, now=services.database.clock.now())
