"""The rules of a robot's federation list (api-v1/accounts, section 4)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from pierhead.accounts.model.accounts import Federation
from pierhead.accounts.model.errors import InvalidFederation
from pierhead.accounts.model.names import is_storable

_LONGEST = 512
_MOST = 100


def check_federation(subjects: Sequence[Federation]) -> None:
    """Raises InvalidFederation for issuers that are no http(s) addresses, for duplicates, and for lists that are too long."""
    if len(subjects) > _MOST:
        raise InvalidFederation(f"A robot may have at most {_MOST} federated subjects.")
    for entry in subjects:
        if not entry.issuer or not entry.subject or max(len(entry.issuer), len(entry.subject)) > _LONGEST:
            raise InvalidFederation(f"Issuer and subject must have 1 to {_LONGEST} characters.")
        if not is_storable(entry.issuer + entry.subject) or not _is_web_address(entry.issuer):
            raise InvalidFederation("Issuer must be a URL (http:// or https://)")
    if len(set(subjects)) != len(subjects):
        raise InvalidFederation("Duplicate federation config entry")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
