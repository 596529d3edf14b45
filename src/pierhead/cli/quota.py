"""`pierhead quota`: how much a namespace may hold, and how much it does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pierhead.access.model.identity import COMMAND_LINE
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import AccountNotFound
from pierhead.accounts.model.quotas import LimitKind, Quota, QuotaReport, format_size
from pierhead.accounts.users import get_namespace
from pierhead.administration import manage_quotas
from pierhead.administration.manage_quotas import NewSize, QuotaOwner
from pierhead.cli.opening import open_core, open_database
from pierhead.cli.options import data_option
from pierhead.cli.output import json_option, show_json, show_table
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.quotas import report_quota

_HELP = """Manage quotas: how much the blobs of a user or an organization may take, each counted once.

\b
Warn at four fifths of 50 GiB, and refuse pushes at all of it:
  pierhead quota set harbour 50GiB --warn 80 --reject 100
What is used:
  pierhead quota show harbour
"""


@click.group(help=_HELP)
def quota() -> None:
    """The group itself does nothing."""


@quota.command()
@click.argument("namespace")
@json_option
@data_option
def show(namespace: str, as_json: bool, data: Path | None) -> None:
    """Show the quota of NAMESPACE, its own or the default, and what is used of it."""
    with open_core(data) as core:
        report = core.database.read_now(lambda work: report_quota(work, _get(work, namespace).id, core.quotas))
    facts = _describe(namespace, report)
    if as_json:
        show_json(facts)
        return
    rows = [{"what": name.replace("_", " "), "value": _for_people(name, value)} for name, value in facts.items()]
    show_table(rows, ("what", "value"), as_json=False)


@quota.command("set")
@click.argument("namespace")
@click.argument("size")
@click.option("--warn", multiple=True, type=click.IntRange(1, 100), help="Percent at which a warning is given; may be given several times.")
@click.option("--reject", type=click.IntRange(1, 100), help="Percent at which pushes are refused.")
@data_option
def set_quota(namespace: str, size: str, warn: Sequence[int], reject: int | None, data: Path | None) -> None:
    """Give NAMESPACE the quota SIZE, such as 50GiB, with exactly these limits; earlier ones are replaced."""
    limits = [*((LimitKind.WARNING, percent) for percent in warn), *([(LimitKind.REJECT, reject)] if reject else [])]
    owner = QuotaOwner(namespace, by_superuser=True)

    def run(work: UnitOfWork) -> Quota:
        _get(work, namespace)
        present = manage_quotas.find_given_quota(work, COMMAND_LINE, owner)
        new = NewSize(limit=size)
        if present is None:
            present = manage_quotas.create_quota(work, COMMAND_LINE, owner, new, address=None)
        else:
            present = manage_quotas.change_quota(work, COMMAND_LINE, owner, present.id, new, address=None)
        for limit in present.limits:
            if (limit.kind, limit.percent) not in limits:
                manage_quotas.delete_limit(work, COMMAND_LINE, owner, present.id, limit.id, address=None)
        for kind, percent in limits:
            if (kind, percent) not in {(limit.kind, limit.percent) for limit in present.limits}:
                manage_quotas.create_limit(work, COMMAND_LINE, owner, present.id, kind.value, percent, address=None)
        return present

    with open_database(data) as database:
        given = database.write_now(run)
    click.echo(f"{namespace} may hold {format_size(given.limit_bytes)}.")


@quota.command()
@click.argument("namespace")
@data_option
def remove(namespace: str, data: Path | None) -> None:
    """Take the quota of NAMESPACE away; the default of the settings counts again."""
    owner = QuotaOwner(namespace, by_superuser=True)

    def run(work: UnitOfWork) -> None:
        _get(work, namespace)
        present = manage_quotas.find_given_quota(work, COMMAND_LINE, owner)
        if present is None:
            raise click.ClickException(f"{namespace} has no quota of its own.")
        manage_quotas.delete_quota(work, COMMAND_LINE, owner, present.id, address=None)

    with open_database(data) as database:
        database.write_now(run)
    click.echo(f"{namespace} has no quota of its own any more.")


def _describe(namespace: str, report: QuotaReport) -> dict[str, Any]:
    found, usage = report.quota, report.usage
    limits = () if found is None else found.limits
    return {
        "namespace": namespace,
        "limit_bytes": None if found is None else found.limit_bytes,
        "is_default": found is not None and found.is_default,
        "warn_percent": [limit.percent for limit in limits if limit.kind is LimitKind.WARNING],
        "reject_percent": next((limit.percent for limit in limits if limit.kind is LimitKind.REJECT), None),
        "used_bytes": usage.unique_bytes,
        "logical_bytes": usage.logical_bytes,
        "reclaimable_bytes": usage.reclaimable_bytes,
    }


def _for_people(name: str, value: Any) -> Any:
    if name.endswith("_bytes") and value is not None:
        return format_size(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _get(work: UnitOfWork, namespace: str) -> Account:
    try:
        return get_namespace(work, namespace)
    except AccountNotFound as error:
        raise click.ClickException(f"There is neither a user nor an organization {namespace!r}.") from error
