"""Who may administer the whole server."""

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity


def require_superuser(identity: Identity, *, reads: bool = False) -> None:
    """Raises SignInRequired and NotAllowed. With `reads`, global read-only superusers pass too: the mark SU* of the API's contract."""
    if identity.is_anonymous:
        raise SignInRequired
    if not identity.is_superuser and not (reads and identity.is_global_reader):
        raise NotAllowed
