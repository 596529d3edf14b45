"""Queries of failed sign-ins."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, delete, literal, select, update

from pierhead.access.tables import login_failure
from pierhead.platform.database import UtcDateTime, upsert


@dataclass(frozen=True, slots=True)
class LoginFailure:
    """The failures of one subject in a row."""

    subject: str
    failures: int
    last_failed_at: datetime
    blocked_until: datetime | None


_OF_SUBJECTS = select(
    login_failure.c.subject, login_failure.c.failures, login_failure.c.last_failed_at, login_failure.c.blocked_until
).where(login_failure.c.subject.in_(bindparam("subjects", expanding=True)))
_INSERT = upsert(login_failure)
# Counted by the database, so that failures on several nodes at once add up. A run that was forgotten begins anew.
_COUNT = _INSERT.on_conflict_do_update(
    index_elements=[login_failure.c.subject],
    set_={
        "failures": case(
            (login_failure.c.last_failed_at <= bindparam("forgotten_before", type_=UtcDateTime), literal(1)),
            else_=login_failure.c.failures + 1,
        ),
        "last_failed_at": _INSERT.excluded.last_failed_at,
    },
).returning(login_failure.c.failures)
_BLOCK = update(login_failure).where(login_failure.c.subject == bindparam("of_subject")).values(blocked_until=bindparam("until"))
_FORGET = delete(login_failure).where(login_failure.c.subject == bindparam("of_subject"))
_FORGET_OLD = delete(login_failure).where(login_failure.c.last_failed_at <= bindparam("forgotten_before"))


def find(connection: Connection, subjects: list[str]) -> list[LoginFailure]:
    """The failures of those subjects that have any."""
    return [LoginFailure(*row) for row in connection.execute(_OF_SUBJECTS, {"subjects": subjects})]


def count(connection: Connection, subject: str, moment: datetime, forgotten_before: datetime) -> int:
    """Add a failure; how many there are now in a row."""
    parameters = {"subject": subject, "failures": 1, "last_failed_at": moment, "forgotten_before": forgotten_before}
    failures: int = connection.execute(_COUNT, parameters).scalar_one()
    return failures


def block(connection: Connection, subject: str, until: datetime) -> None:
    connection.execute(_BLOCK, {"of_subject": subject, "until": until})


def forget(connection: Connection, subject: str) -> None:
    connection.execute(_FORGET, {"of_subject": subject})


def forget_old(connection: Connection, forgotten_before: datetime) -> None:
    """Keep the table as small as the last hour's failures."""
    connection.execute(_FORGET_OLD, {"forgotten_before": forgotten_before})
