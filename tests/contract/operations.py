"""The operations that the contract names, and those that the application serves."""

import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from pierhead.platform.web.api import create_api
from pierhead.platform.web.errors import ErrorTable
from pierhead.platform.web.metrics import LiveFigures
from pierhead.routes import ERRORS, WORDS, list_routers

TABLE = Path(__file__).with_name("operations.txt")
_BASE = "/api/v1"
_PARAMETER = re.compile(r"{[^}]*}")


@dataclass(frozen=True, slots=True)
class Operation:
    """A line of the table. `path` is whole and names its parameters as the contract does."""

    method: str
    path: str
    permission: str
    features: tuple[str, ...]
    name: str
    group: str

    @property
    def key(self) -> str:
        """What a served route is compared by: names of parameters and slashes at the end do not matter."""
        return make_key(self.method, self.path)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(match[1:-1] for match in _PARAMETER.findall(self.path))


def make_key(method: str, path: str) -> str:
    return f"{method} {_PARAMETER.sub('{}', path).rstrip('/') or '/'}"


def read_table() -> dict[str, Operation]:
    """Every operation of the table by its key."""
    operations: dict[str, Operation] = {}
    group = ""
    for line in TABLE.read_text().splitlines():
        if line.startswith("#"):
            group = line[1:].strip()
        elif line:
            call, permission, features, name = (cell.strip() for cell in line.split("|"))
            method, _, path = call.partition(" ")
            whole = path[1:] if path.startswith("//") else _BASE + path
            operation = Operation(method, whole, permission, tuple(features.split()), name, group)
            assert operation.key not in operations, f"{operation.key} stands twice in {TABLE.name}"
            operations[operation.key] = operation
    return operations


def make_application() -> FastAPI:
    """The API as the product puts it together, without anything behind it."""

    async def revision() -> str | None:
        return None

    return create_api(list_routers({}, {}, revision, LiveFigures(list), None), ErrorTable(ERRORS), {}, WORDS)


def list_served() -> dict[str, str]:
    """The path of every route of the application by its key, hidden ones as well."""
    served: dict[str, str] = {}
    for route in iter_route_contexts(make_application().routes):
        for method in sorted(route.methods or ()):
            if route.path is not None and not (method == "HEAD" and "GET" in (route.methods or ())):
                served.setdefault(make_key(method, route.path), route.path)
    return served
