"""The OpenAPI document tells a client all that it needs: what a call does, what it takes, and how it may be refused."""

from typing import Any

import pytest

from tests.contract.operations import make_application
from tests.contract.world import World

_DOCUMENT = make_application().openapi()
_OPERATIONS = [
    (f"{method.upper()} {path}", method, operation) for path, item in _DOCUMENT["paths"].items() for method, operation in item.items()
]
_API = [(name, method, operation) for name, method, operation in _OPERATIONS if " /api/" in name]
_WITH_BODY = [name for name, _, operation in _API if "application/json" in operation.get("requestBody", {}).get("content", {})]


def test_it_is_openapi_3_1_and_names_every_way_to_sign_in() -> None:
    assert _DOCUMENT["openapi"].startswith("3.1.")
    assert set(_DOCUMENT["components"]["securitySchemes"]) == {"session", "bearer", "application_token"}


def test_every_operation_says_what_it_does() -> None:
    assert not [name for name, _, operation in _API if not operation.get("description")]
    ids = [operation["operationId"] for _, _, operation in _OPERATIONS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
def test_every_operation_says_how_it_refuses(status: int) -> None:
    described = {name: operation["responses"].get(str(status)) for name, _, operation in _API}
    assert not [name for name, response in described.items() if response is None]
    assert not [name for name, _, operation in _API if "422" in operation["responses"]]


def test_every_object_that_is_sent_shows_an_example() -> None:
    assert not [name for name, schema in _DOCUMENT["components"]["schemas"].items() if not _shows_example(schema, depth=0)]


@pytest.mark.parametrize("name", sorted(_WITH_BODY))
def test_a_body_that_is_no_json_is_refused_in_the_typed_form(name: str, world: World) -> None:
    method, _, path = name.partition(" ")
    caller = world.callers["superuser with full access"]

    answer = caller.client.call(
        method,
        path.replace("{repository}", "harbour/closed").replace("{organization}", "harbour").replace("{", "").replace("}", ""),
        body=b'{"half": ',
        headers={"content-type": "application/json", **caller.headers},
    )

    # Whoever may not, and what is switched off or not there, is told so before the body is looked at.
    assert answer.status in (400, 403, 404), answer
    assert {"error_type", "detail", "status"} <= set(answer.json), answer


def _shows_example(schema: dict[str, Any], *, depth: int) -> bool:
    """Itself or by each property, as far as there is something to show: enumerations and references explain themselves."""
    if "example" in schema or "examples" in schema or "enum" in schema or schema.get("type") != "object" or depth > 1:
        return True
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    return not properties or any(
        "examples" in each or "$ref" in each or "default" in each or "anyOf" in each for each in properties.values()
    )
