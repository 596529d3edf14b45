"""The tree of errors by meaning; rooms derive their own. An error carries facts, never an HTTP status."""

from collections.abc import Mapping


class PierheadError(Exception):
    """Something the caller can understand: `message` says what happened and what to do, `detail` holds the facts."""

    message = "The request could not be carried out."

    def __init__(self, message: str | None = None, *, detail: Mapping[str, object] | None = None) -> None:
        self.message = message or type(self).message
        self.detail: Mapping[str, object] = detail or {}
        super().__init__(self.message)


class NotFound(PierheadError):
    """The thing does not exist, or the caller may not know that it does."""

    message = "Not found."


class AlreadyExists(PierheadError):
    """Another thing already bears this name."""

    message = "It exists already."


class Invalid(PierheadError):
    """The input breaks a rule; the message names the rule."""

    message = "The request is invalid."


class Unauthenticated(PierheadError):
    """Nobody is signed in, or the credentials are wrong."""

    message = "Authentication is required."


class Denied(PierheadError):
    """The caller is known and has no right to do this."""

    message = "You may not do this."


class Conflict(PierheadError):
    """The present state does not allow the change."""

    message = "The change conflicts with the present state."


class QuotaExceeded(Denied):
    """The namespace has used up its quota."""

    message = "Quota has been exceeded on namespace."


class TooLarge(PierheadError):
    """The input is larger than the limit that the message names."""

    message = "The request is too large."


class RateLimited(PierheadError):
    """Too many attempts; try again after `retry_after_seconds`."""

    message = "Too many attempts. Please try again later."

    def __init__(self, message: str | None = None, *, retry_after_seconds: int, detail: Mapping[str, object] | None = None) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message, detail=detail)


class Unavailable(PierheadError):
    """A part that the answer needs does not work now; trying again later may help."""

    message = "The service is not available now. Please try again."


class StorageFull(Unavailable):
    """The disk or bucket that holds the data has no space left. Nothing half-written is visible."""

    message = "The registry's storage is full. Nothing was stored; please tell the administrator."


class ConfigurationError(PierheadError):
    """A setting is wrong; the server does not start. The message names the setting and its legal values."""

    message = "The configuration is invalid."
