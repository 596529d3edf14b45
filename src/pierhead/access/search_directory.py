"""Find people of the directory who were never here, so that they can be given rights (api-v1/accounts, section 9)."""

import asyncio
from collections.abc import Sequence

import structlog

from pierhead.access.model.errors import DirectoryFailed
from pierhead.access.model.external import ExternalUser
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.access.store import external_logins
from pierhead.platform.database import UnitOfWork

_log = structlog.get_logger("pierhead.access")


async def search_directory(services: AccessServices, identity: Identity, prefix: str, limit: int) -> Sequence[ExternalUser]:
    """People whose names begin so and who have no account yet. Strangers find nobody, and a directory that is down has nobody to show."""
    directory = services.external.directory
    if directory is None or identity.is_anonymous or not prefix or limit < 1:
        return ()
    try:
        found = await asyncio.to_thread(directory.search_users, prefix, limit)
    except DirectoryFailed as error:
        _log.warning("a search shows nobody of the directory", reason=error.message)
        return ()
    known = await services.database.read(_list_known, directory.service, [user.subject for user in found])
    return [user for user in found if user.subject not in known]


def _list_known(work: UnitOfWork, service: str, subjects: Sequence[str]) -> set[str]:
    return {login.subject for login in external_logins.find_by_subjects(work.connection, service, subjects)}
