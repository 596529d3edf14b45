"""What the marks of the contract (api-v1, sections 1, 4 and 5) mean to each kind of caller. Nothing here looks at the code's answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

READ, WRITE, ADMIN = 1, 2, 3
MEMBER, CREATOR, ORGANIZATION_ADMIN = 1, 2, 3

OK = "allowed"
UNKNOWN = frozenset({401})
REFUSED = frozenset({403})
STALE = frozenset({401, 403})

Verdict = str | frozenset[int] | None
"""`OK`, the statuses of a refusal, or None where the contract says nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in the world of the matrix: roles on its repositories and in its organization, and on the whole server."""

    repository: int = 0
    namespace: int = 0
    is_known: bool = True
    is_user: bool = True  # acts on a user's own data
    is_robot: bool = False
    is_fresh: bool = True  # gave the password a short time ago, or need not give it
    is_superuser: bool = False
    has_full_access: bool = False
    reads_everything: bool = False
    in_crew: bool = False
    is_scoped: bool = False  # an OAuth token: calls that are open to any caller may ask for a scope
    reads_user: bool = False


STANDINGS: Mapping[str, Standing] = {
    "anonymous": Standing(is_known=False, is_user=False),
    "stranger": Standing(),
    "reader": Standing(repository=READ),
    "writer": Standing(repository=WRITE),
    "repository admin": Standing(repository=ADMIN),
    "team member": Standing(namespace=MEMBER, in_crew=True),
    "team creator": Standing(namespace=CREATOR),
    "organization admin": Standing(repository=ADMIN, namespace=ORGANIZATION_ADMIN),
    "application token": Standing(repository=ADMIN, namespace=ORGANIZATION_ADMIN, is_fresh=False),
    "superuser": Standing(is_superuser=True),
    "superuser's application token": Standing(is_superuser=True, is_fresh=False),
    "superuser with full access": Standing(is_superuser=True, has_full_access=True),
    "global reader": Standing(reads_everything=True),
    # Tokens of the organization's admin, each with one scope (api-v1, 4.4).
    "token repo:read": Standing(repository=READ, is_user=False, is_scoped=True),
    "token repo:write": Standing(repository=WRITE, is_user=False, is_scoped=True),
    "token repo:admin": Standing(repository=ADMIN, is_user=False, is_scoped=True),
    "token repo:create": Standing(namespace=CREATOR, is_user=False, is_scoped=True),
    "token user:read": Standing(is_user=False, is_scoped=True, reads_user=True),
    "token user:admin": Standing(is_scoped=True, reads_user=True),
    "token org:admin": Standing(namespace=ORGANIZATION_ADMIN, is_user=False, is_scoped=True),
    "robot reader": Standing(repository=READ, is_user=False, is_robot=True),
    "robot writer": Standing(repository=WRITE, is_user=False, is_robot=True),
}

_Base = Callable[[Standing], bool]


def _everybody(_standing: Standing) -> bool:
    return True


def _nobody(_standing: Standing) -> bool:
    return False


# Nobody is asked who calls.
_BLIND = frozenset({"none", "none, no CSRF"})
# Calls that a token may make by one of several scopes, which the marks do not tell.
_SCOPE_UNSAID = frozenset({"UA (SU only with SUPERUSERS_ORG_CREATION_ONLY)", "logged in"})
_OWN_RULES = "own rules"
_OPEN = frozenset({"any", "anon", "anyone", "anon + CSRF", "any (fields by role)", "any (token", "anonymous or scope repo:read", *_BLIND})
_BASES: Mapping[str, _Base] = {
    **dict.fromkeys((*_OPEN, _OWN_RULES), _everybody),
    "": _nobody,
    "R": lambda standing: standing.repository >= READ,
    "W": lambda standing: standing.repository >= WRITE,
    "R, and W unless READER_BUILD_LOGS": lambda standing: standing.repository >= WRITE,
    "A": lambda standing: standing.repository >= ADMIN,
    "OM": lambda standing: standing.namespace >= MEMBER,
    "CR": lambda standing: standing.namespace >= CREATOR,
    "OA": lambda standing: standing.namespace >= ORGANIZATION_ADMIN,
    "OA and (SU or NONSUPERUSER_TEAM_SYNCING_SETUP)": lambda standing: (
        (standing.namespace >= ORGANIZATION_ADMIN or standing.has_full_access) and standing.is_superuser
    ),
    "may view the team,": lambda standing: standing.in_crew or standing.namespace >= ORGANIZATION_ADMIN,
    "UA": lambda standing: standing.is_user,
    "UA (SU only with SUPERUSERS_ORG_CREATION_ONLY)": lambda standing: standing.is_user,
    "logged in": lambda standing: standing.is_user,
    "scope user:read": lambda standing: standing.is_user or standing.reads_user,
    "SU": lambda standing: standing.is_superuser,
    "SU*": lambda standing: standing.is_superuser or standing.reads_everything,
    "SU with SUPERUSERS_FULL_ACCESS": lambda standing: standing.is_superuser and standing.has_full_access,
    "bootstrap bearer": _nobody,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A permission of the table, taken apart."""

    base: str
    superusers: bool
    readers_of_everything: bool
    fresh: bool
    names_scope: bool

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Raises KeyError for a mark that this module does not know."""
        words = text.replace(";", " ; ").split()
        marks = {"+S", "+G"} & set(words)
        kept = " ".join(word for word in words if word not in marks).split(";")
        base = kept[0].strip().partition(" (always")[0].partition(": scope")[0].strip()
        if base not in _BASES:
            raise KeyError(f"tests/contract/permissions.py does not know the mark {base!r} of {text!r}")
        return cls(base, "+S" in marks, "+G" in marks, fresh="FL" in words, names_scope="; scope " in text)

    def judge(self, standing: Standing, *, is_public: bool) -> Verdict:
        """What the contract promises to a caller."""
        if self.base == _OWN_RULES:
            return None
        if self.base in _BLIND:
            return OK
        if is_public:
            standing = replace(standing, repository=max(standing.repository, READ))
        if standing.is_robot:
            # Robots have no business at the API (api-v1, 4.1); whether a call that is open to all tells them so is left open.
            return None if self._allows(standing) and self.base in _OPEN else UNKNOWN
        if standing.is_scoped and (self.base in _OPEN or self.base in _SCOPE_UNSAID or self.names_scope):
            return None
        if not self._allows(standing):
            # Whether a token without the scope has signed in nobody, or may not, is left open.
            return STALE if self.base == "scope user:read" else _refuse(standing, self.fresh)
        return OK if standing.is_fresh or not self.fresh else UNKNOWN

    def _allows(self, standing: Standing) -> bool:
        return (
            _BASES[self.base](standing)
            or (self.superusers and standing.is_superuser and standing.has_full_access)
            or (self.readers_of_everything and standing.reads_everything)
        )


def _refuse(standing: Standing, fresh: bool) -> frozenset[int]:
    if not standing.is_known:
        return UNKNOWN
    return STALE if fresh and not standing.is_fresh else REFUSED
