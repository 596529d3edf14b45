"""What a `/v2` bearer token says (registry-protocol 3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pierhead.access.model.identity import Identity

Actions = frozenset[str]  # of `pull`, `push`, `*`
NO_ACTIONS: Actions = frozenset()
CATALOG = "registry:catalog"  # stands among the names for the list of repositories; no repository name holds a colon


@dataclass(frozen=True, slots=True)
class RegistryToken:
    """A verified token, or one about to be signed. Names are `namespace/name`.

    `granted` is what the token allows, `requested` what its owner asked for: the two tell a token that is too narrow (ask again)
    from a caller without the right (do not). The identity of a verified token has names but no row ids: the hot path needs none.
    """

    identity: Identity
    granted: Mapping[str, Actions]
    requested: Mapping[str, Actions]
    expires_at_seconds: int
