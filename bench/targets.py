"""A registry to measure: its address, the repositories to fill, the account, the processes to account for."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from bench.authentication import MODES, Account, Authenticator
from bench.errors import BenchError
from bench.wire import Connection, Endpoint


@dataclass(frozen=True, slots=True)
class Target:
    """One registry. `pids` are the server's processes, `extra_pids` those that work for it (a database): CPU counts for both, memory apart."""

    name: str
    base: str
    repository: str = "bench/a"
    mount_repository: str = "bench/b"
    user: str | None = None
    password: str = ""
    authentication: str = "auto"
    pids: tuple[int, ...] = ()
    extra_pids: tuple[int, ...] = ()

    @property
    def account(self) -> Account | None:
        return Account(self.user, self.password) if self.user else None


def parse_target(text: str) -> Target:
    """Read `NAME=URL[,key=value...]` of the command line; keys are the fields of Target, numbers are joined by `+`."""
    name, equals, rest = text.partition("=")
    base, *settings = rest.split(",")
    if not equals or not name:
        raise BenchError(f"{text!r} is no target; write NAME=http://host:port[,user=U,password=P,pids=N+N]")
    values: dict[str, Any] = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        values[key] = value.split("+") if key in ("pids", "extra_pids") else value
    return build_target(name, {"base": base, **values})


def read_targets(path: Path) -> list[Target]:
    """Read a JSON file that maps names to the fields of Target."""
    return [build_target(name, values) for name, values in json.loads(path.read_text()).items()]


def build_target(name: str, values: dict[str, Any]) -> Target:
    """A target of plain values. Raises BenchError that names an unknown setting."""
    known = set(Target.__dataclass_fields__) - {"name"}
    if unknown := sorted(set(values) - known):
        raise BenchError(f"target {name}: unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    target = replace(Target(name=name, base=""), **values)
    if target.authentication not in MODES:
        raise BenchError(f"target {name}: authentication is one of {', '.join(MODES)}")
    Endpoint.of(target.base)
    return replace(
        target,
        base=target.base.rstrip("/"),
        pids=tuple(int(pid) for pid in target.pids),
        extra_pids=tuple(int(pid) for pid in target.extra_pids),
    )


class Caller:
    """Builds requests to one repository of a target, authorized for it and for `others`."""

    def __init__(self, endpoint: Endpoint, authenticator: Authenticator, repository: str, *others: str) -> None:
        self.endpoint = endpoint
        self.repository = repository
        self._authenticator = authenticator
        self._scope = (repository, *others)

    @classmethod
    def to(cls, target: Target, authenticator: Authenticator, repository: str, *others: str) -> Self:
        return cls(Endpoint.of(target.base), authenticator, repository, *others)

    @property
    def authorization(self) -> str:
        """Value of the Authorization header, fresh enough to be used now."""
        return self._authenticator.header(self._scope)

    def path(self, tail: str) -> str:
        """A path below the repository, such as `manifests/latest`."""
        return f"/v2/{self.repository}/{tail}"

    def connect(self) -> Connection:
        return Connection(self.endpoint)

    def request(self, method: str, path: str, *, body: bytes | None = None, length: int | None = None, **headers: str) -> bytes:
        """The bytes of a request. `length` announces a body that is sent apart; underscores in header names stand for hyphens."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.endpoint.authority}"]
        if authorization := self.authorization:
            lines.append(f"Authorization: {authorization}")
        size = len(body) if body is not None else length
        if size is not None:
            lines.append(f"Content-Length: {size}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")
