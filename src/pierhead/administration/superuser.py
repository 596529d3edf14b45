"""Who may administer the whole server."""

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity


def require_superuser(identity: Identity) -> None:
    """Raises SignInRequired and NotAllowed."""
    if identity.is_anonymous:
        raise SignInRequired
    if not identity.is_superuser:
        raise NotAllowed
