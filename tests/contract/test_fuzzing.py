"""Calls that are generated from the OpenAPI document never break the server and never answer what the document does not say."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
import structlog
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from structlog.dev import plain_traceback

from pierhead.platform.clock import ManualClock
from tests.contract.fuzzing import Playground
from tests.contract.operations import make_application
from tests.contract.sending import Call, check_answer
from tests.registry.client import HOST, Server
from tests.registry.servers import make_settings
from tests.services.databases import chosen_engines, copy_sqlite
from tests.services.postgres import PostgresServer

_DATABASE = "contract_fuzzing"
_EXAMPLES = int(os.environ.get("PIERHEAD_FUZZ_EXAMPLES", "2"))
_DOCUMENT = make_application().openapi()
_OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()  # type: ignore[union-attr]  # one that cannot be read raises here
    for found in schemathesis.openapi.from_dict(_DOCUMENT).get_all_operations()
}
_SETTINGS = settings(
    max_examples=_EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
# What databases, drivers and encoders are known to choke on.
_ODD_TEXTS = ("a\x00b", "\ud800", "9" * 40)
_ODD_VALUES: tuple[Any, ...] = (*_ODD_TEXTS, "x" * 70_000, 2**63, None, {"\x00": "\ud800"})


@pytest.fixture(scope="module", autouse=True)
def plain_tracebacks() -> Iterator[None]:
    """A failure that is logged with every local variable, one of them very long, takes minutes to print."""
    structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=plain_traceback)])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module", params=chosen_engines())
def playground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """A server of its own: what these calls leave behind is of no use to other tests."""
    folder = tmp_path_factory.mktemp(f"fuzzing-{request.param}")
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("sqlite_template"), folder / "pierhead.db")
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        url = postgres.create_database(_DATABASE, template=request.getfixturevalue("postgres_template"))
    server = Server(make_settings(folder, url), ManualClock())
    yield Playground(server)
    server.close()


# What depends on the engine is tried by the odd values below.
@pytest.mark.parametrize("playground", chosen_engines()[:1], indirect=True)
@pytest.mark.parametrize("key", sorted(_OPERATIONS))
def test_generated_calls_are_answered_as_documented(key: str, playground: Playground) -> None:
    _try(key, GenerationMode.POSITIVE, playground)


@pytest.mark.parametrize("playground", chosen_engines()[:1], indirect=True)
@pytest.mark.parametrize("key", [key for key, operation in sorted(_OPERATIONS.items()) if operation.body])
def test_generated_calls_that_break_the_schema_are_answered_as_documented(key: str, playground: Playground) -> None:
    _try(key, GenerationMode.NEGATIVE, playground)


def _try(key: str, mode: GenerationMode, playground: Playground) -> None:
    operation = _OPERATIONS[key]
    root = playground.restore()

    @_SETTINGS
    @given(case=operation.as_strategy(generation_mode=mode))
    def try_case(case: schemathesis.Case[Any]) -> None:
        options = case.as_transport_kwargs(base_url=f"https://{HOST}")
        call = Call(options.pop("method"), options.pop("url"), options)
        for caller in (playground.nobody, root):
            check_answer(call.send(playground.server, caller.headers), operation.definition.raw, call)

    try_case()


@pytest.mark.parametrize("key", sorted(_OPERATIONS))
def test_odd_values_in_any_single_place_are_answered_as_documented(key: str, playground: Playground) -> None:
    operation = _OPERATIONS[key]
    root = playground.restore()
    for call in _place_odd_values(operation.method.upper(), operation.path, operation.definition.raw):
        check_answer(call.send(playground.server, root.headers), operation.definition.raw, call)


def _place_odd_values(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[Call]:
    """Each value in each parameter and in each field of the body; everything else is as in the examples."""
    parameters = operation.get("parameters", ())
    in_path = {each["name"]: each.get("example", "absent") for each in parameters if each["in"] == "path"}
    body = _example_body(operation)
    for name in in_path:
        for text in _ODD_TEXTS:
            yield _make_call(method, path, {**in_path, name: text}, {}, body)
    for each in parameters:
        if each["in"] == "query":
            for text in _ODD_TEXTS:
                yield _make_call(method, path, in_path, {each["name"]: text}, body)
    for name in body or ():
        for value in _ODD_VALUES:
            yield _make_call(method, path, in_path, {}, {**body, name: value})


def _make_call(method: str, path: str, in_path: Mapping[str, str], query: Mapping[str, str], body: Mapping[str, Any]) -> Call:
    url = f"https://{HOST}" + path
    for name, text in in_path.items():
        url = url.replace("{" + name + "}", _escape(text))
    if query:
        url += "?" + "&".join(f"{name}={_escape(text)}" for name, text in query.items())
    return Call(method, url, {"json": body} if body else {})


def _escape(text: str) -> str:
    """As a hostile client does, which sends half a surrogate pair too."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def _example_body(operation: Mapping[str, Any]) -> dict[str, Any]:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return {} if media is None else _example(media["schema"])


def _example(schema: Mapping[str, Any]) -> Any:
    """Something that the schema takes."""
    if "$ref" in schema:
        return _example(_DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema.get("examples"):
        return schema["examples"][0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: _example(described) for name, described in schema.get("properties", {}).items()}
    return {"string": "text", "integer": 1, "boolean": True, "array": []}.get(schema.get("type", ""))
