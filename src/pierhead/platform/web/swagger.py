"""Turn an OpenAPI 3.1 document into one of Swagger 2.0, which older clients and code generators read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_COMPONENTS = "#/components/schemas/"
_DEFINITIONS = "#/definitions/"
_MODULE = re.compile(r"^\w+__(\w+?)__(\w+)$")
_KEPT = frozenset(
    {
        "type", "format", "title", "description", "default", "enum", "items", "properties", "required", "minimum", "maximum", "minLength",
        "maxLength", "minItems", "maxItems", "pattern", "additionalProperties", "$ref", "allOf",
    }
)  # fmt: skip
_OF_PARAMETER = ("type", "format", "default", "enum", "items", "minimum", "maximum", "minLength", "maxLength", "pattern")


@dataclass(frozen=True, slots=True)
class SwaggerOperation:
    """What a document of Swagger 2.0 says about an operation beside what OpenAPI says. `path` names the parameters as it shall name them."""

    path: str
    operation_id: str
    tag: str
    scopes: Sequence[str] = ()


def convert_operation(operation: Mapping[str, Any], path: str, named: SwaggerOperation, *, security: str) -> dict[str, Any]:
    """One operation; `security` is the name of the scheme that its scopes belong to."""
    renamed = dict(zip(_list_names(path), _list_names(named.path), strict=True))
    parameters = [_convert_parameter(parameter, renamed) for parameter in operation.get("parameters", ()) if parameter["in"] != "cookie"]
    body = operation.get("requestBody")
    if body is not None:
        schema = next(iter(body["content"].values()))["schema"]
        parameters.append({"name": "body", "in": "body", "required": bool(body.get("required")), "schema": convert_schema(schema)})
    return {
        "operationId": named.operation_id,
        "description": operation.get("description", operation.get("summary", "")),
        "parameters": parameters,
        "responses": {status: _convert_response(answer) for status, answer in sorted(operation["responses"].items())},
        "tags": [named.tag],
        "security": [{security: list(named.scopes)}] if named.scopes else [],
    }


def convert_definitions(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Every schema under its short name."""
    return {shorten(name): convert_schema(schema) for name, schema in schemas.items()}


def shorten(name: str) -> str:
    """FastAPI writes the module before the name of a class that is not the only one of its name: keep the module's last word."""
    found = _MODULE.match(name)
    if found is None:
        return name
    return found[1].rpartition("__")[2].title().replace("_", "") + found[2].rpartition("__")[2]


def convert_schema(schema: Any) -> dict[str, Any]:
    """Swagger 2.0 knows neither unions nor null nor constants; of a union its first kind is kept."""
    if not isinstance(schema, Mapping):
        return {}
    kinds = schema.get("anyOf") or schema.get("oneOf")
    if kinds:
        rest = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
        chosen = [kind for kind in kinds if kind.get("type") != "null"]
        converted = convert_schema({**(chosen[0] if chosen else {}), **rest})
        return {**converted, "x-nullable": True} if len(chosen) < len(kinds) else converted
    converted = {name: _convert_part(name, value) for name, value in schema.items() if name in _KEPT}
    if "const" in schema:
        converted["enum"] = [schema["const"]]
    if schema.get("examples"):
        converted["example"] = schema["examples"][0]
    for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if word in schema:
            converted |= {bound: schema[word], word: True}
    return converted


def _convert_part(name: str, value: Any) -> Any:
    if name == "properties":
        return {key: convert_schema(each) for key, each in value.items()}
    if name == "items":
        return convert_schema(value)
    if name == "allOf":
        return [convert_schema(each) for each in value]
    if name == "additionalProperties":
        return convert_schema(value) if isinstance(value, Mapping) else value
    if name == "$ref":
        return _DEFINITIONS + shorten(value.removeprefix(_COMPONENTS))
    return value


def _convert_parameter(parameter: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    schema = convert_schema(parameter.get("schema", {}))
    plain = {name: schema[name] for name in _OF_PARAMETER if name in schema}
    described = {"description": parameter["description"]} if "description" in parameter else {}
    # A reference is not allowed here; what it names is a word.
    kind = {} if "type" in plain else {"type": "string"}
    name = renamed.get(parameter["name"], parameter["name"]) if parameter["in"] == "path" else parameter["name"]
    return {"name": name, "in": parameter["in"], "required": bool(parameter.get("required")), **described, **kind, **plain}


def _convert_response(answer: Mapping[str, Any]) -> dict[str, Any]:
    content: Mapping[str, Any] = answer.get("content", {})
    schema = content.get("application/json", {}).get("schema")
    converted: dict[str, Any] = {"description": answer.get("description", "")}
    return converted if not schema else {**converted, "schema": convert_schema(schema)}


def _list_names(path: str) -> list[str]:
    return [name.partition(":")[0] for name in re.findall(r"{([^}]*)}", path)]
