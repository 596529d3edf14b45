"""A PostgreSQL server of the test run's own: on a free port, in its own folder, without durability."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from tests.services.tools import refuse_test, require_tool

_PACKAGE = "Debian: postgresql-15"
_USER = "postgres"  # PostgreSQL refuses root, so root's test run starts it as this user
_NAME = "pierhead"


class PostgresServer:
    """A running server. Any local connection is let in."""

    def __init__(self) -> None:
        self._programs = {name: require_tool(name, package=_PACKAGE) for name in ("initdb", "pg_ctl")}
        self._account = _unprivileged_account()
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="pierhead-pg-"))
        if self._account is not None:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)

    def start(self) -> None:
        """Make the cluster and start it; returns when it answers."""
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", _NAME, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "autovacuum": "off",
        }
        options = " ".join([f"-p {self.port}", *(f"-c {name}={value}" for name, value in settings.items())])
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop the server without ceremony and remove its folder."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://{_NAME}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database as a copy of another that nobody uses; its address."""
        self._administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def log_tail(self, lines: int = 50) -> str:
        """The last lines of the server's log."""
        log = self.folder / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(f"postgresql://{_NAME}@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._programs[program]), *arguments]
        account = self._account
        # The server inherits pg_ctl's output, so a pipe would never come to its end.
        with (self.folder / "output").open("ab") as output:
            done = subprocess.run(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                timeout=60,
                check=False,
            )
        if done.returncode != 0:
            said = (self.folder / "output").read_text(errors="replace")
            raise RuntimeError(f"{program} failed with status {done.returncode}:\n{said}\n{self.log_tail()}")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _unprivileged_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_USER)
    except KeyError:
        refuse_test("postgresql", package=f"{_PACKAGE}, with its account {_USER}")
