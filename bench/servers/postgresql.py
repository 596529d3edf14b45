"""A PostgreSQL server of the benchmark's own, with its default settings: every commit reaches the disk."""

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.errors import BenchError
from bench.servers.base import HOST, free_port, run_tool

ROLE = "pierhead"
UNPRIVILEGED = "postgres"
DEBIAN_VERSIONS = Path("/usr/lib/postgresql")


class PostgresCluster:
    """Runs below `folder` until it is left; as root it becomes the user `postgres`, as PostgreSQL demands."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _find_programs()
        self._port = free_port()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(UNPRIVILEGED)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        options = f"-p {self._port} -c listen_addresses={HOST} -c unix_socket_directories={self._folder}"
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", ROLE, "-E", "UTF8", "--locale=C.UTF-8")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    @property
    def pid(self) -> int:
        """The process whose children are all the others of the server."""
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def version(self) -> str:
        return "PostgreSQL " + self._run("postgres", "--version").partition(") ")[2].split()[0]

    def url(self, database: str) -> str:
        return f"postgresql://{ROLE}@{HOST}:{self._port}/{database}"

    def create_database(self, name: str) -> None:
        self._run("createdb", "-h", HOST, "-p", str(self._port), "-U", ROLE, name)

    def _run(self, program: str, *arguments: str) -> str:
        return run_tool([*_as_unprivileged(), str(self._programs / program), *arguments])


def _as_unprivileged() -> Sequence[str]:
    """Words before a command that let it run without root's rights."""
    return ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--init-groups"] if os.geteuid() == 0 else []


def _find_programs() -> Path:
    """The folder of initdb and its companions: on PATH, or the newest where Debian keeps them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent  # its companions lie beside the program, not beside a link to it
    kept = sorted(DEBIAN_VERSIONS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not kept:
        raise BenchError("PostgreSQL's programs (initdb, pg_ctl) are not there; install PostgreSQL or put them on PATH")
    return kept[-1].parent
