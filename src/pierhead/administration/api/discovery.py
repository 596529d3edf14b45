"""What programs ask to learn what the server can do: capabilities, and the discovery document (api-v1/admin, section 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request

from pierhead import __version__
from pierhead.access.api.config import Announced
from pierhead.access.api.routing import ApiRouter, parse_flag
from pierhead.access.model.oauth_scopes import SCOPES
from pierhead.platform.web.swagger import SwaggerOperation, convert_definitions, convert_operation

router = ApiRouter()

_BASE = "/api/v1"
_SECURITY = "oauth2_implicit"
_OWN_TAG = "pierhead"
_PARAMETER = re.compile(r"{[^}]*}")
_NO_SCOPE = "-"
_INTERNAL = "!"
# What mirrors may be narrowed to.
_ARCHITECTURES = ("amd64", "arm64", "ppc64le", "s390x")


@router.get("/registry/capabilities", operation_id="getRegistryCapabilities")
async def get_capabilities(announced: Announced) -> dict[str, Any]:
    """Whether an index may name images that are not there, and which architectures mirrors know."""
    return {
        "sparse_manifests": {
            "supported": announced.sparse_indexes,
            "required_architectures": [],
            "optional_architectures_allowed": announced.sparse_indexes,
        },
        "mirror_architectures": list(_ARCHITECTURES),
    }


@router.get("/discovery", operation_id="discovery")
async def discover(request: Request, internal: str | None = None) -> dict[str, Any]:
    """The API as a Swagger 2.0 document; the OpenAPI 3.1 document is `/api/v1/openapi.json`. With `internal` all of it."""
    public = urlsplit(getattr(request.app.state, "public_url", None) or str(request.base_url))
    document = _write_document(request.app.openapi(), with_internal=parse_flag(internal, default=False))
    scopes = {info.scope.value: f"{info.title}: {info.description}" for info in SCOPES}
    authorization = f"{public.scheme}://{public.netloc}/oauth/authorize"
    scheme = {"type": "oauth2", "flow": "implicit", "authorizationUrl": authorization, "scopes": scopes}
    return {
        "swagger": "2.0",
        "host": public.netloc,
        "basePath": "/",
        "schemes": [public.scheme],
        "info": {"version": "v1", "title": f"Pierhead {__version__}", "description": "The REST API of Pierhead, for clients of Quay's."},
        "securityDefinitions": {_SECURITY: scheme},
        **document,
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """A line of the table of operations that clients know."""

    operation: SwaggerOperation
    is_internal: bool


@cache
def _read_table() -> Mapping[str, _Known]:
    """By method and path without the names of its parameters."""
    text = resources.files(__package__).joinpath("operations.txt").read_text(encoding="utf-8")
    known: dict[str, _Known] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        call, name, tag, scope = (cell.strip() for cell in line.split("|"))
        method, _, path = call.partition(" ")
        scopes = () if scope == _NO_SCOPE else (scope,)
        operation = SwaggerOperation(_BASE + path, name.removeprefix(_INTERNAL), tag, scopes)
        known[_key(method, operation.path)] = _Known(operation, name.startswith(_INTERNAL))
    return known


def _key(method: str, path: str) -> str:
    return f"{method.upper()} {_PARAMETER.sub('{}', path).rstrip('/')}"


def _write_document(openapi: Mapping[str, Any], *, with_internal: bool) -> dict[str, Any]:
    table = _read_table()
    paths: dict[str, dict[str, Any]] = {}
    tags: set[str] = set()
    for path, methods in openapi["paths"].items():
        if not path.startswith(_BASE):
            continue
        for method, operation in methods.items():
            known = table.get(_key(method, path)) or _Known(SwaggerOperation(path, operation["operationId"], _OWN_TAG), is_internal=False)
            if known.is_internal and not with_internal:
                continue
            named = known.operation
            item = paths.setdefault(named.path, {"x-name": named.operation_id, "x-path": named.path, "x-tag": named.tag})
            item[method] = convert_operation(operation, path, named, security=_SECURITY)
            tags.add(named.tag)
    return {
        "paths": dict(sorted(paths.items())),
        "definitions": convert_definitions(openapi["components"]["schemas"]),
        "tags": [{"name": tag} for tag in sorted(tags)],
    }
