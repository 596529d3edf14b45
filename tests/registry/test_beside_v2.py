"""`docker search`, and the keys for others who verify our tokens (registry-protocol 3.3 and 10)."""

import json

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from pierhead.repositories.model import RepositoryKind
from tests.registry.client import Client, basic
from tests.registry.people import People


def search(client: Client, query: str) -> list[str]:
    answer = client.call("GET", f"/v1/search?q={query}")
    assert answer.status == 200, answer
    assert answer.json["num_results"] == len(answer.json["results"])
    return [result["name"] for result in answer.json["results"]]


def test_a_search_shows_what_is_public_and_what_the_caller_may_read(people: People, owner: Client, anonymous: Client) -> None:
    public, private, other = (people.repository(owner, short) for short in ("harbour", "harbour-secret", "lighthouse"))
    people.make_public(public)
    people.change(public, description="Ships come in")
    people.repository(owner, "harbour-app", kind=RepositoryKind.APPLICATION)
    robot = people.robot(owner.name)
    people.grant(private, robot, "read")

    text = f"{owner.name}/harbour"
    assert search(anonymous, text) == search(people.user("stranger"), text) == [public]
    assert search(owner, text) == search(owner, text.upper()) == search(robot, text) == sorted((public, private))
    assert search(owner, owner.name) == sorted((public, private, other))
    answer = anonymous.call("GET", f"/v1/search?q={text}&n=25")
    assert answer.json == {
        "query": text,
        "num_results": 1,
        "results": [{"name": public, "description": "Ships come in", "is_official": False, "is_automated": False, "star_count": 0}],
    }


def test_signs_of_the_pattern_language_stand_for_themselves(people: People, owner: Client) -> None:
    people.repository(owner, "a-b")
    underscored = people.repository(owner, "a_b")

    assert search(owner, f"{owner.name}/a_b") == [underscored]
    for query in ("%25", "!", "a%25b", f"{owner.name}/a!_b"):
        assert search(owner, query) == []


def test_a_search_has_its_limits(people: People, owner: Client, anonymous: Client) -> None:
    for _ in range(3):
        people.repository(owner, "many")
    assert len(owner.call("GET", f"/v1/search?q={owner.name}/many&n=2").json["results"]) == 2
    for query in ("q=%00", "q=" + "a" * 300, "n=0", "n=1000", "n=x"):
        assert owner.call("GET", f"/v1/search?{query}").status == 400
    for authorization in (basic("nobody", "x"), "Basic ???", "Bearer x"):
        assert anonymous.call("GET", "/v1/search?q=a", headers={"authorization": authorization}).status == 401


def test_a_disabled_namespace_is_not_found(people: People, owner: Client, anonymous: Client) -> None:
    organization = people.organization(owner)
    owner.push_image(f"{organization}/app", "v1")
    people.make_public(f"{organization}/app")
    assert search(anonymous, organization) == [f"{organization}/app"]

    people.disable(organization)
    assert search(anonymous, organization) == search(owner, organization) == []


def test_a_token_verifies_with_the_key_that_is_served(owner: Client, anonymous: Client) -> None:
    token = owner.ask_token().json["token"]
    kid = jws.extract_compact(token.encode()).headers()["kid"]
    key = anonymous.call("GET", f"/keys/services/pierhead/keys/{kid}").json

    assert key in anonymous.call("GET", "/keys/services/pierhead/keys").json["keys"]
    assert (key["kid"], key["kty"], key["alg"], key["use"]) == (kid, "RSA", "RS256", "sig")
    assert set(key).isdisjoint({"d", "p", "q", "dp", "dq", "qi"})
    claims = json.loads(jws.deserialize_compact(token, RSAKey.import_key(key), algorithms=["RS256"]).payload)
    assert claims["sub"] == owner.name


@pytest.mark.parametrize("path", ["pierhead/keys/unknown", "other/keys/unknown", "pierhead/keys/a%2Fb"])
def test_a_key_that_is_not_there_is_not_found(anonymous: Client, path: str) -> None:
    assert anonymous.call("GET", f"/keys/services/{path}").status == 404
    assert anonymous.call("GET", "/keys/services/other/keys").json == {"keys": []}
