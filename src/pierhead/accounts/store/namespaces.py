"""Statements that rename, convert and hide whole accounts, and that remove what hidden ones leave behind."""

from datetime import datetime

from sqlalchemy import Connection, String, bindparam, cast, delete, func, insert, literal, null, select, update

from pierhead.accounts.model.accounts import Account, AccountKind
from pierhead.accounts.tables import account, deleted_account, mailed_code, robot, team, team_invitation, team_member

_this = account.c.id == bindparam("account_id")
_RENAME = update(account).where(_this).values(name=bindparam("new_name"), must_confirm_name=bindparam("asks"))
_HOLD = select(account.c.id).where(_this, account.c.name == bindparam("own_name")).with_for_update(read=True, key_share=True)
_RENAME_ROBOTS = (
    update(robot)
    .where(robot.c.namespace_id == bindparam("account_id"))
    .values(name=cast(bindparam("new_name"), String) + func.substr(robot.c.name, bindparam("behind_old_name")))
)
_LONGEST_SHORT_NAME = select(func.max(func.length(robot.c.name))).where(robot.c.namespace_id == bindparam("account_id"))
_CONVERT = (
    update(account)
    .where(_this)
    .values(
        kind=AccountKind.ORGANIZATION,
        password_hash=null(),
        session_generation=account.c.session_generation + 1,
        given_name=null(),
        family_name=null(),
        company=null(),
        location=null(),
    )
)
_HIDE = (
    update(account)
    .where(_this)
    .values(
        # No name looks like this, so that nobody can ask for it; the old one is free.
        name=literal("~") + cast(account.c.id, String),
        kind=AccountKind.DELETED,
        email=null(),
        password_hash=null(),
        is_enabled=bindparam("enabled"),
        session_generation=account.c.session_generation + 1,
    )
)
_HIDE_ROBOTS = update(robot).where(robot.c.namespace_id == bindparam("account_id")).values(name=literal("~") + cast(robot.c.id, String))
_own_teams = select(team.c.id).where(team.c.organization_id == bindparam("account_id"))
_LEAVE_TEAMS = delete(team_member).where(team_member.c.user_id == bindparam("account_id"))
_FORGET_INVITATIONS = delete(team_invitation).where(team_invitation.c.user_id == bindparam("account_id"))
_FORGET_CODES = delete(mailed_code).where(mailed_code.c.user_id == bindparam("account_id"))
_EMPTY_TEAMS = (
    delete(team_member).where(team_member.c.team_id.in_(_own_teams)),
    delete(team_invitation).where(team_invitation.c.team_id.in_(_own_teams)),
)
_REMEMBER_DELETED = insert(deleted_account)
_HIDDEN = (
    select(account.c.id)
    .where(account.c.kind == AccountKind.DELETED, account.c.id > bindparam("after_id"))
    .order_by(account.c.id)
    .limit(bindparam("maximum"))
)
_REMOVE_ROBOTS = delete(robot).where(
    robot.c.id.in_(select(robot.c.id).where(robot.c.namespace_id == bindparam("account_id")).limit(bindparam("maximum")))
)
_REMOVE_TEAMS = delete(team).where(
    team.c.id.in_(select(team.c.id).where(team.c.organization_id == bindparam("account_id")).limit(bindparam("maximum")))
)
_REMOVE = delete(account).where(_this, account.c.kind == AccountKind.DELETED)


def rename(connection: Connection, renamed: Account, new_name: str) -> None:
    """The account and its robots, which bear its name; the name is not asked for again."""
    of_account = {"account_id": renamed.id, "new_name": new_name}
    connection.execute(_RENAME, {**of_account, "asks": False})
    connection.execute(_RENAME_ROBOTS, {**of_account, "behind_old_name": len(renamed.name) + 1})


def hold(connection: Connection, held: Account) -> bool:
    """Let nobody rename or delete the account until the transaction ends; whether it still has its name. SQLite has one writer anyway."""
    return connection.execute(_HOLD, {"account_id": held.id, "own_name": held.name}).first() is not None


def find_longest_robot_name(connection: Connection, account_id: int) -> int:
    """How many characters the longest name of a robot of the namespace has, whole; 0 without robots."""
    return connection.execute(_LONGEST_SHORT_NAME, {"account_id": account_id}).scalar_one() or 0


def convert(connection: Connection, account_id: int) -> None:
    """The user becomes an organization: its password and sessions end, it leaves its teams, and nothing is mailed to it any more."""
    for statement in (_CONVERT, _LEAVE_TEAMS, _FORGET_INVITATIONS, _FORGET_CODES):
        connection.execute(statement, {"account_id": account_id})


def hide(connection: Connection, hidden: Account, moment: datetime) -> None:
    """Make the account, its robots and its teams unreachable. Few rows are touched, however much lies under them."""
    connection.execute(
        _REMEMBER_DELETED, {"id": hidden.id, "uuid": hidden.uuid, "kind": hidden.kind, "name": hidden.name, "deleted_at": moment}
    )
    connection.execute(_HIDE, {"account_id": hidden.id, "enabled": False})
    for statement in (_HIDE_ROBOTS, _LEAVE_TEAMS, _FORGET_INVITATIONS, _FORGET_CODES, *_EMPTY_TEAMS):
        connection.execute(statement, {"account_id": hidden.id})


def list_hidden(connection: Connection, after_id: int, maximum: int) -> list[int]:
    """Ids of accounts that were deleted and are not removed yet, beyond one."""
    return list(connection.execute(_HIDDEN, {"after_id": after_id, "maximum": maximum}).scalars())


def remove_some(connection: Connection, account_id: int, maximum: int) -> bool:
    """Remove so many robots or teams of an account; whether there were any."""
    return any(
        connection.execute(statement, {"account_id": account_id, "maximum": maximum}).rowcount > 0
        for statement in (_REMOVE_ROBOTS, _REMOVE_TEAMS)
    )


def remove(connection: Connection, account_id: int) -> None:
    """Remove the row of a hidden account; what is left under it goes along."""
    connection.execute(_REMOVE, {"account_id": account_id})
