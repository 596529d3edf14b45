"""The OpenAPI document as clients read it: the errors that any call may answer, how one signs in, and an example of everything sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

_READS = (400, 401, 403, 404, 429, 503)
_CHANGES = (*_READS, 409, 413, 507)
_METHODS = frozenset(("get", "head", "put", "post", "patch", "delete"))
_UNUSED = ("HTTPValidationError", "ValidationError")
_REFERENCE = "#/components/schemas/Error"
_ERROR: Mapping[str, Any] = {
    "title": "Error",
    "type": "object",
    "description": "Why a call was refused: a sentence for people, a type for programs, and the request's id in the server's log.",
    "properties": {
        "detail": {"type": "string", "examples": ["Unauthorized"]},
        "error_message": {"type": "string", "examples": ["Unauthorized"]},
        "message": {"type": "string", "examples": ["Unauthorized"]},
        "error_type": {"type": "string", "examples": ["insufficient_scope"]},
        "title": {"type": "string", "examples": ["insufficient_scope"]},
        "type": {"type": "string", "examples": ["https://registry.example.com/api/v1/error/insufficient_scope"]},
        "status": {"type": "integer", "examples": [403]},
        "request_id": {"type": "string", "examples": ["9f1c0a6e5b2d4c73a8e01f4b6d2c9a57"]},
    },
    "required": ["detail", "error_type", "status"],
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the rooms tell of themselves: an example for each name that bodies and addresses use, and the ways to sign in."""

    examples: Mapping[str, Any] = field(default_factory=dict)
    security: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def complete_document(document: dict[str, Any], words: Words) -> dict[str, Any]:
    """Add to what FastAPI wrote; the document is changed in place."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _UNUSED:
        schemas.pop(name, None)
    for schema in schemas.values():
        _give_examples(schema, words.examples)
    schemas["Error"] = dict(_ERROR)
    components["securitySchemes"] = {name: dict(scheme) for name, scheme in words.security.items()}
    for path, method, operation in _operations(document):
        _complete_operation(path, method, operation, words)
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def _complete_operation(path: str, method: str, operation: dict[str, Any], words: Words) -> None:
    responses = operation["responses"]
    # Whatever breaks a schema is answered by 400, as every other mistake of a client.
    responses.pop("422", None)
    for status in _READS if method == "get" else _CHANGES:
        responses.setdefault(str(status), _describe_error(status))
    if path.startswith("/api/"):
        # Each way in is enough, and reads of public things need none.
        operation["security"] = [*({name: []} for name in words.security), {}]
    else:
        # Pages for browsers send them on.
        responses.setdefault("302", {"description": HTTPStatus.FOUND.phrase})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in words.examples:
            parameter.setdefault("example", words.examples[parameter["name"]])


def _describe_error(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REFERENCE}}}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        content["text/plain"] = {"schema": {"type": "string"}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _give_examples(schema: dict[str, Any], examples: Mapping[str, Any]) -> None:
    properties: Mapping[str, dict[str, Any]] = schema.get("properties", {})
    for name, described in properties.items():
        if name in examples and "$ref" not in described and "examples" not in described:
            described["examples"] = [examples[name]]
