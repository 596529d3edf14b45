"""`pierhead doctor`: look at the machine and the settings, say what is wrong and what to type."""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

import click

from pierhead.cli.options import data_option
from pierhead.platform.blobstore.registry import open_blob_store
from pierhead.platform.clock import SystemClock
from pierhead.platform.database.condition import DatabaseCondition, examine_database
from pierhead.platform.errors import PierheadError
from pierhead.settings import GIB, Settings, load_settings

_ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_OLDEST = {"sqlite": (3, 35), "postgresql": (13,)}
_SCARCE_BYTES = 5 * GIB
_SKEW_SECONDS = 2.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Verdict(StrEnum):
    """How serious a finding is; only WRONG keeps Pierhead from working."""

    GOOD = "good"
    ABSENT = "absent"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do about it."""

    subject: str
    verdict: Verdict
    detail: str
    remedy: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class _Tool:
    programs: tuple[str, ...]
    purpose: str
    command: str


_TOOLS = (
    _Tool(("git",), "working on Pierhead", "apt-get install git"),
    _Tool(("uv",), "installing faster than with pip", "pip install uv"),
    _Tool(("initdb",), "tests on PostgreSQL", "apt-get install postgresql-15"),
    _Tool(("skopeo",), "end-to-end tests", "apt-get install skopeo"),
    _Tool(("podman",), "end-to-end tests", "apt-get install podman"),
    _Tool(("buildah",), "end-to-end tests", "apt-get install buildah"),
    _Tool(("dockerd", "docker"), "end-to-end tests", "apt-get install docker.io"),
    _Tool(("nginx",), "end-to-end tests", "apt-get install nginx-light"),
    _Tool(("go",), "the OCI conformance suite, crane, oras and helm", "apt-get install golang (1.24 or newer)"),
    _Tool(("crane", "oras", "helm"), "end-to-end tests", "make tools"),
)
# Places beside PATH: daemons, Debian's folder of PostgreSQL programs, and what `make tools` built.
_PLACES = ("/usr/sbin", "/sbin", "/usr/lib/postgresql/*/bin", f"{Path.cwd()}/.tools/bin")


@click.command("doctor")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(data: Path | None, as_json: bool) -> None:
    """Check this machine and the settings, and say what to do.

    Exit code 1 only when something is wrong that keeps Pierhead from working.
    """
    findings = list(examine(data))
    ready = all(finding.verdict is not Verdict.WRONG for finding in findings)
    if as_json:
        click.echo(json.dumps({"ready": ready, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        _print(findings, ready=ready)
    raise SystemExit(0 if ready else 1)


def examine(data_dir: Path | None) -> Iterator[Finding]:
    """Look at everything. The parts that need the settings are left out when those are invalid."""
    yield Finding("Python", Verdict.GOOD, platform.python_version())
    try:
        settings = load_settings(data_dir=data_dir)
    except PierheadError as error:
        yield Finding("settings", Verdict.WRONG, error.message)
    else:
        yield Finding("settings", Verdict.GOOD, "valid")
        yield from _examine_settings(settings)
    yield from _tools()


def _examine_settings(settings: Settings) -> Iterator[Finding]:
    """Nothing is made: a folder or a database that is not there yet is left to the server."""
    folder = settings.data_dir.absolute()
    yield _data_folder(folder)
    if folder.is_dir():
        yield _blob_store(settings)
    yield from _database(settings)
    yield _public_url(settings)


def _data_folder(folder: Path) -> Finding:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as probe:
            probe.write(b"probe")
    except OSError as error:
        remedy = f"make it writable for {_account()}, or choose another with --data or PIERHEAD_DATA_DIR"
        return Finding("data folder", Verdict.WRONG, f"{existing}: {error.strerror}", remedy)
    free = shutil.disk_usage(existing).free
    detail = f"{folder}{'' if existing == folder else ' (the server will make it)'}, {free / GIB:.1f} GiB free"
    if free < _SCARCE_BYTES:
        return Finding("data folder", Verdict.WARNING, detail, "images need space: enlarge the disk or move the folder")
    return Finding("data folder", Verdict.GOOD, detail)


def _database(settings: Settings) -> Iterator[Finding]:
    is_absent = settings.database.url is None and not (settings.data_dir / "pierhead.db").exists()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            condition = examine_database(f"sqlite:///{scratch}/probe.db" if is_absent else settings.database_url)
    except PierheadError as error:
        yield Finding("database", Verdict.WRONG, error.message, "check the database's address (PIERHEAD_DATABASE_URL) and that it runs")
        return
    yield _engine(condition)
    yield _schema(condition)
    if condition.engine != "sqlite":
        yield _clock(condition)


def _engine(condition: DatabaseCondition) -> Finding:
    oldest = _OLDEST[condition.engine]
    version = tuple(int(part) for part in condition.version.split(".")[:2] if part.isdigit())
    name = f"{_ENGINES[condition.engine]} {condition.version}"
    if version < oldest:
        wanted = ".".join(str(part) for part in oldest)
        return Finding("database", Verdict.WRONG, f"{name} is too old", f"{wanted} or newer is needed")
    return Finding("database", Verdict.GOOD, name)


def _schema(condition: DatabaseCondition) -> Finding:
    if condition.revision is None:
        return Finding("schema", Verdict.ABSENT, "there are no tables yet", "`pierhead serve` or `pierhead migrate` makes them")
    if condition.revision > condition.newest:
        detail = f"revision {condition.revision} is newer than this Pierhead, which knows {condition.newest}"
        return Finding("schema", Verdict.WRONG, detail, "install the newer Pierhead again")
    if condition.revision < condition.newest:
        detail = f"revision {condition.revision}; this version needs {condition.newest}"
        return Finding("schema", Verdict.WARNING, detail, "back up, then start `pierhead serve` or run `pierhead migrate`")
    return Finding("schema", Verdict.GOOD, f"revision {condition.revision}, the newest")


def _clock(condition: DatabaseCondition) -> Finding:
    skew = abs((SystemClock().now() - condition.moment).total_seconds())
    if skew > _SKEW_SECONDS:
        return Finding("clock", Verdict.WARNING, f"{skew:.0f} s apart from the database's", "let both machines keep time by NTP")
    return Finding("clock", Verdict.GOOD, "agrees with the database's")


def _blob_store(settings: Settings) -> Finding:
    try:
        open_blob_store(settings).check()
    except PierheadError as error:
        return Finding("blob store", Verdict.WRONG, error.message)
    return Finding("blob store", Verdict.GOOD, f"{settings.storage.backend}: wrote, read and deleted a probe")


def _public_url(settings: Settings) -> Finding:
    url = settings.public_url
    if url is None:
        return Finding("public URL", Verdict.GOOD, "not set; taken from each request")
    address = urlsplit(url)
    if address.scheme == "http" and address.hostname not in _LOOPBACK:
        remedy = "use https, or list the address as an insecure registry in every client"
        return Finding("public URL", Verdict.WARNING, f"{url} is not encrypted; Docker and Podman refuse it", remedy)
    return Finding("public URL", Verdict.GOOD, url)


def _tools() -> Iterator[Finding]:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_existing(_PLACES)])
    for tool in _TOOLS:
        missing = [program for program in tool.programs if shutil.which(program, path=path) is None]
        subject = ", ".join(tool.programs)
        if missing:
            yield Finding(subject, Verdict.ABSENT, f"for {tool.purpose}", tool.command, optional=True)
        else:
            yield Finding(subject, Verdict.GOOD, f"for {tool.purpose}", optional=True)


def _existing(places: Iterable[str]) -> Iterator[str]:
    for place in places:
        yield from (str(folder) for folder in Path("/").glob(place.removeprefix("/")))


def _account() -> str:
    return os.environ.get("USER") or f"user {os.geteuid()}"


_MARKS: dict[Verdict, tuple[str, str | None]] = {
    Verdict.GOOD: ("ok", "green"),
    Verdict.ABSENT: ("-", None),
    Verdict.WARNING: ("warning", "yellow"),
    Verdict.WRONG: ("WRONG", "red"),
}


def _print(findings: Iterable[Finding], *, ready: bool) -> None:
    for optional, group in groupby(findings, key=lambda finding: finding.optional):
        click.echo("Optional programs" if optional else "Needed")
        for finding in group:
            mark, color = _MARKS[finding.verdict]
            click.echo(f"  {click.style(f'{mark:<8}', fg=color)} {finding.subject:<20} {finding.detail}")
            if finding.remedy:
                click.echo(f"  {'':<8} {'':<20} -> {finding.remedy}")
    click.echo("Pierhead can run here." if ready else "Pierhead cannot run here yet: mend what is marked WRONG.")
