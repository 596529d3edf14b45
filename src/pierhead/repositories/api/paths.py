"""How a repository stands in a path of the API (api-v1, section 3.1).

A repository is `namespace/name`, and the name may hold further slashes: routes write `{repository:path}` and take `RepositoryPath`.
Before routing, `%2F` has become a slash and a slash at the end is gone. The first route that fits wins, so every route with something
behind the repository stands before those without: these are the routers of `LAST` in `api/routers.py`, at the end of `routes.py`.
"""

from typing import Annotated

from fastapi import Depends

from pierhead.repositories.model import RepositoryNotFound


def parse_repository_path(repository: str) -> str:
    """The whole name. Raises RepositoryNotFound when no namespace is given."""
    if "/" not in repository:
        raise RepositoryNotFound
    return repository


RepositoryPath = Annotated[str, Depends(parse_repository_path)]
