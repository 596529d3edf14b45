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
