"""Capabilities, and the discovery document in the form that clients of Quay read (api-v1/admin, section 3)."""

import re
from typing import Any

import pytest

from tests.registry.client import Client, Server
from tests.registry.people import People

_REFERENCE = re.compile(r"'\$ref': '([^']*)'")


@pytest.fixture(scope="module")
def document(contract_server: Server) -> dict[str, Any]:
    """The whole document."""
    found: dict[str, Any] = Client(contract_server).call("GET", "/api/v1/discovery?internal=true").json
    return found


def list_operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its id, with its path."""
    methods = ("get", "put", "post", "delete")
    return {
        item[method]["operationId"]: {**item[method], "path": path, "method": method}
        for path, item in document["paths"].items()
        for method in methods
        if method in item
    }


def test_capabilities_tell_of_indexes_that_may_lack_images(contract_server: Server) -> None:
    answer = Client(contract_server).call("GET", "/api/v1/registry/capabilities")
    assert answer.json == {
        "sparse_manifests": {"supported": True, "required_architectures": [], "optional_architectures_allowed": True},
        "mirror_architectures": ["amd64", "arm64", "ppc64le", "s390x"],
    }


def test_the_document_is_swagger_2_with_the_oauth_flow(document: dict[str, Any]) -> None:
    assert (document["swagger"], document["host"], document["basePath"], document["schemes"]) == (
        "2.0",
        "registry.example.com",
        "/",
        ["https"],
    )
    scheme = document["securityDefinitions"]["oauth2_implicit"]
    assert scheme["authorizationUrl"] == "https://registry.example.com/oauth/authorize"
    assert {"repo:read", "repo:admin", "org:admin", "super:user"} <= set(scheme["scopes"])


@pytest.mark.parametrize(
    ("name", "method", "path", "tag", "scopes"),
    [
        ("listRepos", "get", "/api/v1/repository", "repository", ["repo:read"]),
        ("deleteRepository", "delete", "/api/v1/repository/{repository}", "repository", ["repo:admin"]),
        ("createOrganization", "post", "/api/v1/organization/", "organization", ["user:admin"]),
        ("createOrgRobot", "put", "/api/v1/organization/{orgname}/robots/{robot_shortname}", "robot", ["org:admin"]),
        ("listAllUsers", "get", "/api/v1/superuser/users/", "superuser", ["super:user"]),
        ("createUserQuotaSuperUser", "post", "/api/v1/superuser/users/{namespace}/quota", "superuser", ["super:user"]),
        ("discovery", "get", "/api/v1/discovery", "discovery", []),
    ],
)  # fmt: skip
def test_operations_bear_the_names_that_clients_know(
    document: dict[str, Any], name: str, method: str, path: str, tag: str, scopes: list[str]
) -> None:
    operation = list_operations(document)[name]
    assert (operation["method"], operation["path"], operation["tags"]) == (method, path, [tag])
    assert operation["security"] == ([{"oauth2_implicit": scopes}] if scopes else [])
    assert [each["name"] for each in operation["parameters"] if each["in"] == "path"] == re.findall(r"{([^}]*)}", path)


def test_every_id_stands_once_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    ids = [item[method]["operationId"] for item in document["paths"].values() for method in item if not method.startswith("x-")]
    assert len(ids) == len(set(ids))
    for reference in set(_REFERENCE.findall(str(document))):
        assert reference.removeprefix("#/definitions/") in document["definitions"], reference
    text = str(document)
    assert "anyOf" not in text
    assert "#/components" not in text


def test_internal_operations_are_shown_to_who_asks_for_them(contract_server: Server, document: dict[str, Any]) -> None:
    outside = list_operations(Client(contract_server).call("GET", "/api/v1/discovery").json)
    assert "signinUser" in list_operations(document)
    assert "signinUser" not in outside
    assert "listRepos" in outside


def test_the_openapi_document_is_there_beside_it(contract_server: Server) -> None:
    found = Client(contract_server).call("GET", "/api/v1/openapi.json").json
    assert found["openapi"].startswith("3.1")


def test_nobody_needs_to_sign_in_for_them(contract_server: Server) -> None:
    for path in ("discovery", "registry/capabilities", "openapi.json", "error/not_found"):
        assert People(contract_server).anonymous.call("GET", f"/api/v1/{path}").status == 200, path
