"""Statements that end every credential of a user who becomes an organization."""

from sqlalchemy import Connection, bindparam, delete

from pierhead.access.tables import application_token, external_login, oauth_assignment, oauth_code, oauth_token

_REMOVALS = tuple(
    delete(table).where(table.c.user_id == bindparam("of_user"))
    for table in (application_token, oauth_token, oauth_code, oauth_assignment, external_login)
)


def remove_credentials(connection: Connection, user_id: int) -> None:
    """Application tokens, OAuth tokens with what leads to them, and sign-ins by way of other servers."""
    for statement in _REMOVALS:
        connection.execute(statement, {"of_user": user_id})
