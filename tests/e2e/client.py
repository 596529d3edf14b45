"""How end-to-end tests run a client program and judge what it did."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in: a person, or a robot with its token as password."""

    name: str
    password: str

    @property
    def credentials(self) -> str:
        return f"{self.name}:{self.password}"


@dataclass(frozen=True, slots=True)
class Client:
    """A program with the environment it runs in. Its home is a folder of the test's own, so no login leaves the test."""

    program: Path
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def run(self, *arguments: str | Path, given: str | None = None) -> str:
        """What it printed on standard output; the test fails with everything it said when it exits with another status than 0."""
        return self._succeed(arguments, given).stdout

    def run_aloud(self, *arguments: str | Path, given: str | None = None) -> str:
        """As `run`, but everything it said, standard error included."""
        done = self._succeed(arguments, given)
        return done.stdout + done.stderr

    def fail(self, *arguments: str | Path, given: str | None = None) -> str:
        """Everything it said; the test fails when it exits with status 0."""
        done = self._execute(arguments, given)
        if done.returncode == 0:
            raise AssertionError(f"{self._say(arguments)} should have been refused:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def attempt(self, *arguments: str | Path, given: str | None = None) -> str | None:
        """None when it exits with status 0, else everything it said."""
        done = self._execute(arguments, given)
        return None if done.returncode == 0 else done.stdout + done.stderr

    def at_home(self, home: Path) -> Self:
        """The same program for somebody else, who has not logged in."""
        return replace(self, home=home)

    def _succeed(self, arguments: tuple[str | Path, ...], given: str | None) -> subprocess.CompletedProcess[str]:
        done = self._execute(arguments, given)
        if done.returncode != 0:
            raise AssertionError(f"{self._say(arguments)} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def _execute(self, arguments: tuple[str | Path, ...], given: str | None) -> subprocess.CompletedProcess[str]:
        self.home.mkdir(parents=True, exist_ok=True)
        logins = self.home / "auth.json"
        if not logins.exists():  # podman insists that the file it is told of exists
            logins.write_text("{}")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIERHEAD_", "DOCKER_", "CONTAINERS_"))},
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "DOCKER_CONFIG": str(self.home / "docker"),
            "REGISTRY_AUTH_FILE": str(logins),
            **self.environment,
        }
        return subprocess.run(
            [str(self.program), *self.options, *map(str, arguments)],
            cwd=self.home,
            env=environment,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )

    def _say(self, arguments: tuple[str | Path, ...]) -> str:
        return shlex.join([self.program.name, *self.options, *map(str, arguments)])
