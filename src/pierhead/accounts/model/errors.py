"""What can go wrong with accounts."""

from pierhead.platform.errors import AlreadyExists, Conflict, Invalid, NotFound


class InvalidName(Invalid):
    """A user, organization, robot or team name that breaks the rule."""

    def __init__(self, what: str, name: str) -> None:
        shown = name if len(name) <= 64 else name[:64] + "..."
        super().__init__(
            f"Invalid {what} name {shown!r}: use 2 to 255 lower-case letters and digits, with single dots, dashes or underscores between them."
        )


class ReservedName(Invalid):
    """A name that the server's own addresses begin with."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The name {name!r} is reserved. Please choose another one.")


class InvalidEmail(Invalid):
    """Not an e-mail address."""

    message = "Invalid email address"


class EmailRequired(Invalid):
    """A user needs an e-mail address here."""

    message = "Email address is required"


class InvalidPassword(Invalid):
    """A password that breaks the rule."""

    message = "Invalid password, password must be at least 8 characters and contain no whitespace."


class InvalidDescription(Invalid):
    """A description that is too long."""

    message = "A description may have at most 255 characters."


class NameTaken(AlreadyExists):
    """A user or organization bears the name."""

    def __init__(self, name: str) -> None:
        super().__init__("A user or organization with this name already exists", detail={"name": name})


class NameJustFreed(NameTaken):
    """The name is free, and registry tokens that bear it may still be out: for a while only whoever freed it may take it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.message = "This name became free a short time ago. Please try again in an hour, or choose another one."


class EmailTaken(AlreadyExists):
    """Another account has the e-mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Email has already been used: {email}")


class AccountNotFound(NotFound):
    """There is no such user or organization."""

    message = "Not Found"


class RobotExists(AlreadyExists):
    """The namespace has a robot of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Existing robot with name: {name}", detail={"robot": name})


class RobotNotFound(NotFound):
    """The namespace has no such robot. The API answers 400 with a plain body (api-v1, section 4)."""

    message = "Could not find robot with specified username"


class AlreadyInitialized(Conflict):
    """There are accounts, so the first user cannot be made any more."""

    message = "Cannot initialize user in a non-empty database"


class InvalidTagWindow(Invalid):
    """A reach of the time machine outside the limits."""

    message = "The tag expiration must be between 0 seconds and 10 years."


class TeamExists(AlreadyExists):
    """The organization has a team of this name."""

    message = "The organization has a team of this name."


class TeamNotFound(NotFound):
    """The organization has no such team."""

    message = "Not Found"


class UnknownTeam(Invalid):
    """A team to be deleted that is not there; clients expect 400 (api-v1, section 3.4)."""

    def __init__(self, organization: str, team: str) -> None:
        shown = team if len(team) <= 64 else team[:64] + "..."
        super().__init__(f"Team '{shown}' is not a team in org '{organization}'")


class UnknownMember(Invalid):
    """Somebody to be added to a team who is neither a user nor a robot of the organization."""

    message = "Unknown user"


class MemberNotFound(NotFound):
    """Nobody of this name is in the organization."""

    message = "Not Found"


class AlreadyMember(AlreadyExists):
    """The user or robot is in the team."""

    def __init__(self, member: str, team: str) -> None:
        super().__init__(f"User {member} is already a member of team {team}")


class NotAMember(Invalid):
    """The user or robot is not in the team."""

    def __init__(self, member: str, team: str) -> None:
        super().__init__(f"User {member} does not belong to team {team}")


class LastAdmin(Invalid):
    """The change would leave an organization that nobody administers."""

    def __init__(self, organization: str) -> None:
        super().__init__(
            f"The organization '{organization}' would have no admin any more. Please make somebody else an admin first, or delete the organization."
        )


class InvalidDetail(Invalid):
    """A detail of an account that is too long or cannot be stored."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} may have at most 255 characters, none of them unprintable.")


class InvalidTeamDescription(Invalid):
    """A team's description that is too long."""

    message = "The description of a team may have at most 4096 characters."


class InvalidRobotMetadata(Invalid):
    """A robot's metadata that is too large."""

    message = "The metadata of a robot may take at most 1 MiB."


class InvalidFederation(Invalid):
    """A list of federated subjects that breaks a rule; the message says which."""
