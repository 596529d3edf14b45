"""What can go wrong while a caller is identified."""

from pierhead.platform.errors import Denied, Invalid, NotFound, Unauthenticated, Unavailable


class InvalidToken(Unauthenticated):
    """A bearer token that is malformed, expired, foreign or not signed by us."""

    message = "Invalid token"


class InvalidCredentials(Unauthenticated):
    """A name and password (or secret) that do not fit; it never tells which of the two is wrong."""

    message = "Invalid Username or Password"


class AccountDisabled(Unauthenticated):
    """The credentials are right and the account is switched off."""

    message = "This user has been disabled. Please contact your administrator."


class EmailUnverified(Unauthenticated):
    """The password is right, and nobody has followed the link that was mailed to the user's address."""

    message = "Please follow the link in the mail that was sent to your e-mail address, and sign in again."


class AdminRefused(Invalid):
    """Whoever was to administer a converted account cannot; the message says why, `reason` is what clients look at."""

    def __init__(self, message: str) -> None:
        super().__init__(message, detail={"reason": "invaliduser"})


class NameFixed(Invalid):
    """The settings let nobody change the own name."""

    message = "User names cannot be changed here. Please ask an administrator."


class EncryptedPasswordRequired(Unauthenticated):
    """The settings refuse plain account passwords outside the web sign-in."""

    message = "Client login with unencrypted passwords is disabled. Please use an encrypted password, a robot or an application token."


class SignInRequired(Unauthenticated):
    """The call needs a signed-in user."""

    message = "Requires authentication"


class FreshLoginRequired(Unauthenticated):
    """The session's sign-in is too old for a dangerous call."""

    message = "Requires fresh login"


class CsrfInvalid(Denied):
    """A call of a browser session without the session's CSRF token."""

    message = "CSRF token was invalid or missing."


class NotAllowed(Denied):
    """The caller is known and lacks the right; the text is the one that clients of the API know."""

    message = "Unauthorized"


class FeatureDisabled(NotFound):
    """The settings have switched the call off; it answers as if it did not exist."""

    message = "Not Found"


class InitializationDisabled(Invalid):
    """The settings have switched the creation of the first user off. Quay answers 400 here."""

    message = "User initialization is not enabled."


class ApplicationTokenNotFound(NotFound):
    """No application token of the caller has this uuid."""

    message = "Not Found"


class WrongPassword(Invalid):
    """The password given again for a dangerous call is wrong."""

    message = "Invalid Username or Password"


class ErrorTypeNotFound(NotFound):
    """No error of the API has this type."""

    message = "Not Found"


class BrowserCallRefused(Invalid):
    """A browser followed a link into the API, which the settings forbid."""

    message = "API calls must be invoked with an X-Requested-With header if called from a browser"


class IssuerFailed(Unavailable):
    """An OpenID Connect provider could not be reached or gave an answer that makes no sense."""

    def __init__(self, host: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The identity provider {host} cannot be used now: {reason.rstrip('.')}.", detail={"host": host})


class DirectoryFailed(Unavailable):
    """The directory cannot be asked now. What went wrong stands in the server's log."""

    message = "The directory of users cannot be asked now. Please try again later."
