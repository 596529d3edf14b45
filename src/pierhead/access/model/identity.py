"""Who is calling."""

from dataclasses import dataclass
from enum import StrEnum


class IdentityKind(StrEnum):
    """What the caller showed; the values are the wire names of the token's context."""

    ANONYMOUS = "anonymous"
    USER = "user"
    ROBOT = "robot"
    APPLICATION_TOKEN = "appspecifictoken"


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller, identified once per request. An application token acts as its owner: `user_id` and `name` are the owner's."""

    kind: IdentityKind
    name: str | None = None
    user_id: int | None = None
    robot_id: int | None = None
    namespace_id: int | None = None  # the namespace a robot belongs to
    is_superuser: bool = False
    reference: str | None = None  # uuid of the user or token, name of the robot: what audit shows

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is known."""
        return self.kind is IdentityKind.ANONYMOUS


ANONYMOUS = Identity(IdentityKind.ANONYMOUS)
