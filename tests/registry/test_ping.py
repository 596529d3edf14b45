"""`GET /v2/`: who may come in, and what others are told (registry-protocol 2, C1)."""

import pytest

from pierhead.accounts.passwords import PasswordHasher
from tests.registry.client import HOST, Client, basic
from tests.registry.conftest import NewServer
from tests.registry.people import People

_CHALLENGE = 'Bearer realm="https://registry.example.com/v2/auth",service="registry.example.com"'


@pytest.mark.parametrize("path", ["/v2/", "/v2"])
def test_nobody_is_told_where_to_get_a_token(anonymous: Client, path: str) -> None:
    answer = anonymous.call("GET", path)

    assert (answer.status, answer.codes, answer["www-authenticate"]) == (401, ["UNAUTHORIZED"], _CHALLENGE)


def test_basic_and_a_token_both_open_the_door(owner: Client) -> None:
    for caller in (owner, owner.bearing()):
        answer = caller.call("GET", "/v2/")
        assert (answer.status, answer.body) == (200, b"true")


def test_a_password_opens_the_door(people: People, anonymous: Client) -> None:
    hasher = PasswordHasher()
    user = people.user(password_hash=hasher.hash_now("secret-password"))
    hasher.close()

    for password, status in (("secret-password", 200), ("another-password", 401), ("secret-password", 200)):
        answer = anonymous.call("GET", "/v2/", headers={"authorization": basic(user.name, password)})
        assert answer.status == status


def test_an_anonymous_token_opens_the_door(anonymous: Client) -> None:
    assert anonymous.bearing("repository:any/thing:pull").call("GET", "/v2/").status == 200


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer x", "Bearer a.b.c", "Basic", "Basic !!!", "Basic YWRh", "Basic " + "A" * 20_000, "Digest x", "Negotiate", "é"],
)
def test_credentials_that_cannot_be_read_are_refused(anonymous: Client, authorization: str) -> None:
    answer = anonymous.call("GET", "/v2/", headers={"authorization": authorization})

    assert (answer.status, answer.codes) == (401, ["UNAUTHORIZED"])
    assert answer["www-authenticate"] == _CHALLENGE + ',error="invalid_token"'


@pytest.mark.parametrize("name", ["nobody", "no\0body", "nobody+ci", "$app", "$oauthtoken", "$token", "a" * 600, "x@y\0z"])
def test_basic_credentials_of_nobody_are_refused(anonymous: Client, name: str) -> None:
    answer = anonymous.call("GET", "/v2/", headers={"authorization": basic(name, "pass\0word")})

    assert (answer.status, answer.codes) == (401, ["UNAUTHORIZED"])


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "manifests/v1", "pull"),
        ("HEAD", "manifests/v1", "pull"),
        ("PUT", "manifests/v1", "pull,push"),
        ("DELETE", "manifests/v1", "pull,push"),
        ("GET", "blobs/sha256:" + "0" * 64, "pull"),
        ("DELETE", "blobs/sha256:" + "0" * 64, "pull,push"),
        ("POST", "blobs/uploads/", "pull,push"),
        ("GET", "blobs/uploads/some-uuid", "pull,push"),
        ("PATCH", "blobs/uploads/some-uuid", "pull,push"),
        ("GET", "tags/list", "pull"),
        ("GET", "referrers/sha256:" + "0" * 64, "pull"),
    ],
)
def test_the_challenge_names_the_scope_that_the_operation_needs(anonymous: Client, method: str, path: str, scope: str) -> None:
    body = b'{"schemaVersion":2,"manifests":[]}' if method == "PUT" else b""
    headers = {"content-type": "application/vnd.oci.image.index.v1+json"}
    answer = anonymous.call(method, f"/v2/some/app/{path}", body=body, headers=headers)

    assert (answer.status, answer["www-authenticate"]) == (401, f'{_CHALLENGE},scope="repository:some/app:{scope}"')


def test_the_challenge_of_a_mount_names_both_repositories(anonymous: Client) -> None:
    answer = anonymous.call("POST", f"/v2/some/app/blobs/uploads/?mount=sha256:{'0' * 64}&from=other/base")

    assert answer["www-authenticate"] == f'{_CHALLENGE},scope="repository:some/app:pull,push repository:other/base:pull"'


def test_a_name_that_is_none_cannot_write_into_the_challenge(anonymous: Client) -> None:
    headers = {"authorization": "Bearer x"}
    for name in ('a"b', "a%0d%0aSet-Cookie:x", "a%00b", "%C3%A9"):
        answer = anonymous.call("GET", f"/v2/some/{name}/tags/list", headers=headers)
        assert answer["www-authenticate"] == _CHALLENGE + ',error="invalid_token"'
        mounting = anonymous.call("POST", f"/v2/some/app/blobs/uploads/?mount=x&from={name}", headers=headers)
        assert mounting["www-authenticate"] == f'{_CHALLENGE},scope="repository:some/app:pull,push",error="invalid_token"'


def test_a_query_that_cannot_be_read_does_not_hide_the_challenge(anonymous: Client) -> None:
    query = "mount=x&from=y&" + "&".join(f"a{number}=1" for number in range(1001))
    answer = anonymous.call("POST", f"/v2/some/app/blobs/uploads/?{query}", headers={"authorization": "Bearer x"})

    assert answer["www-authenticate"] == f'{_CHALLENGE},scope="repository:some/app:pull,push",error="invalid_token"'


def test_the_catalog_has_a_scope_of_its_own(anonymous: Client) -> None:
    assert anonymous.call("GET", "/v2/_catalog")["www-authenticate"] == f'{_CHALLENGE},scope="registry:catalog:*"'


def test_the_realm_is_the_address_that_the_client_used(anonymous: Client) -> None:
    answer = anonymous.call("GET", "/v2/", headers={"host": "Localhost:5000"}, scheme="http")

    assert answer["www-authenticate"] == 'Bearer realm="http://localhost:5000/v2/auth",service="localhost:5000"'


def test_the_realm_follows_a_trusted_proxy(anonymous: Client) -> None:
    """It ends TLS and knows the name under which the client came."""
    headers = {"host": "127.0.0.1:8080", "x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.9", "x-forwarded-host": HOST}
    trusted = anonymous.call("GET", "/v2/", headers=headers, scheme="http", address="127.0.0.1")
    stranger = anonymous.call("GET", "/v2/", headers=headers, scheme="http")

    assert trusted["www-authenticate"] == _CHALLENGE
    assert stranger["www-authenticate"] == 'Bearer realm="http://127.0.0.1:8080/v2/auth",service="127.0.0.1:8080"'


def test_the_public_address_wins_over_the_request(new_server: NewServer, anonymous: Client, owner: Client) -> None:
    server = new_server(public_url="https://images.example.org:8443")

    challenge = 'Bearer realm="https://images.example.org:8443/v2/auth",service="images.example.org:8443"'
    assert anonymous.at(server).call("GET", "/v2/")["www-authenticate"] == challenge
    token = owner.at(server).call("GET", "/v2/auth?service=images.example.org:8443").json["token"]
    assert anonymous.at(server).call("GET", "/v2/", headers={"authorization": f"Bearer {token}"}).status == 200


def test_unknown_operations_and_methods_are_told_apart(owner: Client) -> None:
    for path in ("/v2/nothing", "/v2/a/b/c/d", "/v2/some/app/manifests/", "/v2/some/app/tags/", "/v2/some/app/tags/lists"):
        answer = owner.call("GET", path)
        assert (answer.status, answer.codes) == (404, ["UNSUPPORTED"])
    for method, path in (
        ("POST", "/v2/"),
        ("PUT", "/v2/_catalog"),
        ("PATCH", f"/v2/{owner.name}/app/manifests/v1"),
        ("DELETE", "/v2/auth"),
    ):
        answer = owner.call(method, path)
        assert (answer.status, answer.codes) == (405, ["UNSUPPORTED"])


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        ("docker/1.5.0 go/go1.4.1 git-commit/a8a31ef kernel/3.16 os/linux arch/amd64", 404),
        ("docker/0.11.1", 404),
        ("docker/1.6.0 go/go1.4.2", 200),
        ("docker/1.13.1", 200),
        ("docker/28.0.1 go/go1.23.6 UpstreamClient(Docker-Client/28.0.1)", 200),
        ("docker/", 200),
        ("docker/x.1", 200),
        ("containers/5.29 (github.com/containers/image)", 200),
        ("not docker/1.5.0", 200),
    ],
)
def test_clients_from_before_the_protocol_find_nothing(owner: Client, agent: str, status: int) -> None:
    """Registry-protocol 2."""
    assert owner.call("GET", "/v2/", headers={"user-agent": agent}).status == status


def test_the_legacy_ping_answers_anybody(anonymous: Client) -> None:
    """Registry-protocol 10."""
    answer = anonymous.call("GET", "/v1/_ping")

    assert (answer.status, answer.body) == (200, b"true")
    assert (answer["x-docker-registry-version"], answer["x-docker-registry-standalone"]) == ("0.6.0", "0")
    assert anonymous.call("GET", "/v1/_internal_ping").status == 200
