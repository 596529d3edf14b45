"""The words of the mails about accounts, as text and as HTML."""

from collections.abc import Sequence
from html import escape

from pierhead.access.mailing import Mailing
from pierhead.platform.outbound.mail import Mail


def write_confirmation(mailing: Mailing, to: str, username: str, code: str) -> Mail:
    """To somebody who has signed up."""
    return _write(
        to,
        f"Please confirm your account at {mailing.host}",
        [
            f"Somebody has signed up at {mailing.host} as {username} with this e-mail address.",
            "To use the account, please follow this link:",
        ],
        mailing.make_link("/confirm", code=code),
        ["If it was not you, nothing needs to be done: without the link the account cannot be used."],
    )


def write_email_change(mailing: Mailing, to: str, username: str, code: str) -> Mail:
    """To the new address of a user."""
    return _write(
        to,
        f"Please confirm your new e-mail address at {mailing.host}",
        [f"The user {username} wants to use this e-mail address at {mailing.host}.", "To confirm it, please follow this link:"],
        mailing.make_link("/confirm", code=code),
        ["If it was not you, nothing needs to be done."],
    )


def write_email_changed(mailing: Mailing, to: str, username: str) -> Mail:
    """To the old address of a user."""
    return _write(
        to,
        f"Your e-mail address at {mailing.host} was changed",
        [f"Mails to the user {username} go to another address from now on."],
        None,
        [f"If it was not you, please tell the administrator of {mailing.host} at once."],
    )


def write_recovery(mailing: Mailing, to: str, username: str, code: str) -> Mail:
    """To somebody who cannot sign in."""
    minutes = int(mailing.recovery_life.total_seconds()) // 60
    return _write(
        to,
        f"Your account at {mailing.host}",
        [
            f"Somebody has asked for a link to sign in at {mailing.host} as {username} without the password.",
            f"Within {minutes} minutes, this link signs you in once, so that you can set a new password:",
        ],
        mailing.make_link("/recovery", code=code),
        ["If it was not you, nothing needs to be done: your password is still the same."],
    )


def write_organization_recovery(mailing: Mailing, to: str, organization: str, admins: Sequence[str]) -> Mail:
    """To the address of an organization, as which nobody signs in."""
    listed = ", ".join(admins) or "nobody"
    return _write(
        to,
        f"Your organization at {mailing.host}",
        [
            f"Somebody has asked for a link to sign in at {mailing.host} with this e-mail address. It belongs to the organization {organization}.",
            f"Nobody signs in as an organization. Its admins, who sign in as themselves, are: {listed}.",
        ],
        None,
        [],
    )


def write_invitation(mailing: Mailing, to: str, inviter: str, organization: str, team: str, code: str) -> Mail:
    """To somebody who is to join a team."""
    return _write(
        to,
        f"{inviter} invites you to join {organization} at {mailing.host}",
        [
            f"{inviter} invites you to join the team {team} of the organization {organization} at {mailing.host}.",
            "To join, please follow this link:",
        ],
        mailing.make_link("/confirminvite", code=code),
        ["If you do not know why you were invited, nothing needs to be done."],
    )


def _write(to: str, subject: str, before: Sequence[str], link: str | None, after: Sequence[str]) -> Mail:
    shown = [] if link is None else [link]
    text = "\n\n".join([*before, *shown, *after]) + "\n"
    linked = [] if link is None else [f'<p><a href="{escape(link)}">{escape(link)}</a></p>']
    html = "\n".join([*map(_paragraph, before), *linked, *map(_paragraph, after)])
    return Mail(to, subject, text, f"<!doctype html>\n<html>\n<body>\n{html}\n</body>\n</html>\n")


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"
