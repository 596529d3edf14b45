"""Pierhead itself, as `pierhead serve` runs it: authentication on, every write synced to disk."""

import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.authentication import Account
from bench.errors import BenchError
from bench.servers.base import HOST, Recipe, clean_environment, run_tool
from bench.servers.postgresql import PostgresCluster

USER = "bench"


class PierheadRecipe(Recipe):
    """`pierhead serve` on SQLite, or on a database of the given cluster."""

    def __init__(
        self, name: str, program: str, *, settings: Mapping[str, str], workers: int = 1, cluster: PostgresCluster | None = None
    ) -> None:
        self.name = name
        self.account = Account(USER, secrets.token_urlsafe(18))
        self._program = _find(program)
        self._settings = dict(settings)
        self._workers = workers
        self._cluster = cluster
        if cluster:
            self.extra_pids = (cluster.pid,)

    def version(self) -> str:
        version = run_tool([self._program, "--version"]).rpartition(" ")[2]
        return f"{version} on {self._cluster.version()}" if self._cluster else version

    def install(self, home: Path, port: int) -> None:
        if self._cluster:
            self._cluster.create_database(_database_of(home))

    def command(self, home: Path, port: int) -> list[str]:
        command = [self._program, "serve", "--data", str(home / "data"), "--host", HOST, "--port", str(port)]
        return [*command, "--workers", str(self._workers)] if self._workers > 1 else command

    def environment(self, home: Path) -> Mapping[str, str]:
        settings = {"PIERHEAD_DATA_DIR": str(home / "data")}
        if self._cluster:
            settings["PIERHEAD_DATABASE_URL"] = self._cluster.url(_database_of(home))
        return {**settings, **self._settings}

    def create_account(self, home: Path) -> None:
        if self.account is None:
            return
        command = [self._program, "user", "create", USER, "--email", "bench@example.com", "--password-stdin"]
        run_tool(command, env=clean_environment(self.environment(home)), secret=self.account.password + "\n")


def _find(program: str) -> str:
    """The named program, the one beside this Python, or the one on PATH."""
    beside = Path(sys.executable).parent / program
    found = str(beside) if beside.exists() else shutil.which(program)
    if not found:
        raise BenchError(f"the program {program} is not there; run `make install` and use .venv/bin/python, or name it (--pierhead)")
    return str(Path(found).absolute())


def _database_of(home: Path) -> str:
    """A database name for each folder, so that each start on an empty folder finds an empty database."""
    return home.name.replace("-", "_")
