"""What an invitation into a team is: for a user, or for whoever reads the mail at an address."""

from dataclasses import dataclass

from pierhead.platform.errors import Invalid, NotFound


class InvitationNotFound(NotFound):
    """No invitation has this code, or none of this address is open, or it is somebody else's: the three are not told apart."""

    message = "Not Found"


class InvitationRequired(Invalid):
    """The settings let nobody sign up without an invitation."""

    message = "An invitation is needed to create an account. Please follow the link in the mail that invited you."


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation, with the names of what it is for. One of `user_id` and `email` is there."""

    id: int
    organization_id: int
    organization: str
    team: str
    user_id: int | None
    email: str | None
    inviter: str | None


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who has not answered yet: a user's name, or an address."""

    name: str | None
    email: str | None
