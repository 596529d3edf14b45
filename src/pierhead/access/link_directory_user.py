"""Make an account for somebody of the directory who was never here, so that it can be given rights."""

import asyncio

from pierhead.access.model.credentials import StoredUser
from pierhead.access.model.errors import FeatureDisabled
from pierhead.access.model.external import ExternalUserUnknown
from pierhead.access.services import AccessServices
from pierhead.access.sign_in_external import sign_in_external


async def link_directory_user(services: AccessServices, username: str, *, address: str | None) -> StoredUser:
    """The account of the person of this name or e-mail address, which may be there already.

    Raises FeatureDisabled without a directory, ExternalUserUnknown, and Unavailable.
    """
    directory = services.external.directory
    if directory is None:
        raise FeatureDisabled
    found = await asyncio.to_thread(directory.find_user, username)
    if found is None:
        raise ExternalUserUnknown(username)
    return await services.database.write(sign_in_external, found, directory.first_sign_in, address=address)
