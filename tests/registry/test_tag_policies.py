"""Policies about tags: what may not be changed, and what goes by itself (tags-and-gc 5 and 6)."""

from typing import Any

import pytest

from pierhead.platform.clock import ManualClock
from pierhead.registry.prune_tags import find_pruned, list_prunable, prune_some
from pierhead.repositories.records import find_repository
from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.content import make_artifact, make_index
from tests.registry.people import People
from tests.registry.tags_api import call, get, kinds, names, one_tag, post, put_tag, restore


def prune(client: Client, repository: str) -> int:
    """What the job does with one repository."""
    database = client.server.core.database
    repository_id = get_row(client, repository)
    assert repository_id in database.read_now(list_prunable, everywhere=False, after=0, maximum=10_000)
    return database.write_now(prune_some, repository_id, database.read_now(find_pruned, repository_id, None))


def get_row(client: Client, repository: str) -> int:
    found = client.server.core.database.read_now(find_repository, repository)
    assert found is not None
    return found.id


def add_policy(client: Client, base: str, **body: Any) -> str:
    uuid: str = post(client, base, body, status=201)["uuid"]
    return uuid


_PRUNE = ({"method": "number_of_tags", "value": 3}, {"method": "creation_date", "value": "7d", "tagPattern": "dev-.*"})
_HOLD = ({"tagPattern": "v.*"}, {"tagPattern": "latest", "tagPatternMatches": False})


@pytest.mark.parametrize(
    "place, kind, bodies",
    [
        ("organization", "autoprunepolicy", _PRUNE),
        ("user", "autoprunepolicy", _PRUNE),
        ("repository", "autoprunepolicy", _PRUNE),
        ("organization", "immutabilitypolicy", _HOLD),
        ("repository", "immutabilitypolicy", _HOLD),
    ],
)
def test_policies_are_created_read_replaced_and_removed(
    owner: Client, repository: str, place: str, kind: str, bodies: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    body, other = bodies
    base = {"organization": f"/organization/{owner.name}", "user": "/user", "repository": f"/repository/{repository}"}[place] + f"/{kind}/"
    uuid = add_policy(owner, base, **body)

    assert call(owner, "POST", base, body).status == 400
    whole = {"uuid": uuid, "tagPattern": None, "tagPatternMatches": True, **body}
    assert get(owner, base) == {"policies": [whole]}
    assert get(owner, base + uuid) == whole
    assert call(owner, "PUT", base + uuid, other).status == 204
    assert get(owner, base + uuid) == {"uuid": uuid, "tagPattern": None, "tagPatternMatches": True, **other}
    assert call(owner, "DELETE", base + uuid).json == {"uuid": uuid}
    for method in ("GET", "PUT", "DELETE"):
        assert call(owner, method, base + uuid, other if method == "PUT" else None).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"method": "colour", "value": 1},
        {"method": "number_of_tags", "value": 0},
        {"method": "number_of_tags", "value": "7d"},
        {"method": "creation_date", "value": 7},
        {"method": "creation_date", "value": "0d"},
        {"method": "last_pull", "value": "7y"},
        {"method": "number_of_tags", "value": 1, "tagPattern": "("},
        {"method": "number_of_tags", "value": 1, "tagPattern": "a" * 257},
        {"value": 1},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(owner: Client, repository: str, body: dict[str, Any]) -> None:
    assert call(owner, "POST", f"/repository/{repository}/autoprunepolicy/", body).status == 400


def test_only_admins_see_and_change_policies(owner: Client, repository: str, people: People) -> None:
    writer = people.user("writer")
    people.grant(repository, writer, "write")
    for kind in ("autoprunepolicy", "immutabilitypolicy"):
        for base in (f"/repository/{repository}/{kind}/", f"/organization/{owner.name}/{kind}/"):
            assert call(writer, "GET", base).status == 403
            assert call(people.anonymous, "GET", base).status == 401
    base = f"/repository/{repository}/autoprunepolicy/"
    uuid = add_policy(owner, base, method="number_of_tags", value=3)
    other = people.repository(owner)
    assert call(owner, "GET", f"/repository/{other}/autoprunepolicy/{uuid}").status == 404


@pytest.mark.parametrize("place", ["organization", "repository"])
def test_a_policy_holds_present_and_future_tags_fast(owner: Client, repository: str, place: str) -> None:
    present = owner.push_image(repository, "v1")
    owner.push_image(repository, "latest")
    name = owner.name if place == "organization" else repository
    add_policy(owner, f"/{place}/{name}/immutabilitypolicy/", tagPattern="v[0-9]+")
    owner.push_image(repository, "v2")

    assert [one_tag(owner, repository, tag)["immutable"] for tag in ("v1", "v2", "latest")] == [True, True, False]
    other = owner.push_image(repository, "latest")
    for tag in ("v1", "v2"):
        answer = owner.push_manifest(repository, tag, other.content)
        assert (answer.status, answer.codes) == (409, ["TAG_IMMUTABLE"])
        assert answer.errors[0]["message"] == f"Cannot overwrite immutable tag '{tag}'"
        assert owner.delete(repository, tag).codes == ["TAG_IMMUTABLE"]
        assert call(owner, "DELETE", f"/repository/{repository}/tag/{tag}").status == 409
        assert restore(owner, repository, tag, other.digest).status == 404
    assert owner.delete(repository, present.digest).status == 409
    put_tag(owner, repository, "v1", immutable=False)
    assert owner.push_manifest(repository, "v1", other.content).status == 201
    assert one_tag(owner, repository, "v1")["immutable"]


def test_the_newest_tags_stay_and_the_time_machine_keeps_the_others(owner: Client, repository: str, clock: ManualClock) -> None:
    images = {}
    for name in ("v1", "v2", "v3", "v4"):
        clock.advance(seconds=1)
        images[name] = owner.push_image(repository, name)
    base = f"/repository/{repository}/autoprunepolicy/"
    policy = {"method": "number_of_tags", "value": 2}
    preview = post(owner, base + "preview", {"policy": policy})
    assert (preview["count"], preview["repositories"][0]["freed_bytes"]) == (2, preview["freed_bytes"])
    assert [tag["name"] for tag in preview["repositories"][0]["tags"]] == ["v1", "v2"]
    assert preview["freed_bytes"] == sum(len(blob) for name in ("v1", "v2") for blob in images[name].blobs)
    assert names(owner, repository, "sort=name") == ["v1", "v2", "v3", "v4"]

    add_policy(owner, base, **policy)
    assert prune(owner, repository) == 2
    assert names(owner, repository, "sort=name") == ["v3", "v4"]
    assert prune(owner, repository) == 0
    assert kinds(owner, repository, "v1") == ["created", "pruned"]
    restore(owner, repository, "v1", images["v1"].digest)
    assert owner.pull(repository, "v1").body == images["v1"].content


@pytest.mark.parametrize(
    "policy, gone",
    [
        ({"method": "creation_date", "value": "7d"}, ["dev-old", "old"]),
        ({"method": "creation_date", "value": "7d", "tagPattern": "dev-.*"}, ["dev-old"]),
        ({"method": "creation_date", "value": "7d", "tagPattern": "dev-.*", "tagPatternMatches": False}, ["old"]),
        ({"method": "last_pull", "value": "7d"}, ["dev-old"]),
    ],
)
def test_tags_go_by_their_age_or_by_their_last_pull(
    owner: Client, repository: str, clock: ManualClock, new_server: NewServer, policy: dict[str, Any], gone: list[str]
) -> None:
    """`old` was pulled lately."""
    for name in ("old", "dev-old"):
        owner.push_image(repository, name)
    clock.advance(days=8)
    owner.push_image(repository, "dev-new")
    server = new_server()
    owner.at(server).pull(repository, "old")
    server.stop()
    add_policy(owner, f"/repository/{repository}/autoprunepolicy/", **policy)

    assert prune(owner, repository) == len(gone)
    assert names(owner, repository, "sort=name") == [name for name in ("dev-new", "dev-old", "old") if name not in gone]


def test_what_is_held_or_belongs_to_something_else_is_not_pruned_alone(owner: Client, repository: str, clock: ManualClock) -> None:
    child, image = owner.push_image(repository, "child"), owner.push_image(repository, "signed")
    fixed = owner.push_image(repository, "fixed")
    signature = owner.push_image(repository, f"{image.digest.replace(':', '-')}.sig")
    owner.push_image(repository, "sbom", make_artifact("application/spdx+json", subject=image.descriptor()))
    put_tag(owner, repository, "fixed", immutable=True)
    clock.advance(days=8)
    owner.push_image(repository, "multi", make_index([child.descriptor()]))
    owner.push_image(repository, "alias", image)
    add_policy(owner, f"/repository/{repository}/autoprunepolicy/", method="creation_date", value="7d")

    assert prune(owner, repository) == 1
    left = names(owner, repository, "sort=name")
    assert left == ["alias", "child", "fixed", "multi", "sbom", f"{image.digest.replace(':', '-')}.sig"]
    assert owner.pull(repository, left[-1]).body == signature.content
    assert owner.pull(repository, "fixed").body == fixed.content


def test_a_policy_of_the_namespace_and_one_of_the_repository_both_hold(owner: Client, repository: str, clock: ManualClock) -> None:
    for name in ("a1", "a2", "b1"):
        owner.push_image(repository, name)
        clock.advance(seconds=1)
    add_policy(owner, "/user/autoprunepolicy/", method="number_of_tags", value=1, tagPattern="a.*")
    add_policy(owner, f"/repository/{repository}/autoprunepolicy/", method="creation_date", value="1s", tagPattern="b.*")
    clock.advance(seconds=5)
    preview = post(owner, "/user/autoprunepolicy/preview", {})
    assert [(each["name"], each["count"]) for each in preview["repositories"]] == [(repository.partition("/")[2], 2)]

    assert prune(owner, repository) == 2
    assert names(owner, repository) == ["a2"]


def test_a_tag_that_was_pushed_since_it_was_chosen_stays(owner: Client, repository: str, clock: ManualClock) -> None:
    owner.push_image(repository, "v1")
    clock.advance(days=8)
    add_policy(owner, f"/repository/{repository}/autoprunepolicy/", method="creation_date", value="7d")
    database, row = owner.server.core.database, get_row(owner, repository)
    chosen = database.read_now(find_pruned, row, None)
    owner.push_image(repository, "v1")

    assert [name for name, _ in chosen] == ["v1"]
    assert database.write_now(prune_some, row, chosen) == 0


def test_switched_off_features_have_no_routes(owner: Client, repository: str, new_server: NewServer) -> None:
    settings = owner.server.settings
    off = owner.at(new_server(tags=settings.tags.model_copy(update={"auto_prune": False, "immutable": False})))

    for kind in ("autoprunepolicy", "immutabilitypolicy"):
        assert call(off, "GET", f"/repository/{repository}/{kind}/").status == 404
    features = off.call("GET", "/config").json["features"]
    assert (features["AUTO_PRUNE"], features["IMMUTABLE_TAGS"], features["CHANGE_TAG_EXPIRATION"]) == (False, False, True)


def test_many_tags_are_previewed_and_changed_by_a_filter(owner: Client, repository: str, clock: ManualClock) -> None:
    for number in range(5):
        owner.push_image(repository, f"dev-{number}")
    keep = owner.push_image(repository, "v1")
    put_tag(owner, repository, "dev-3", immutable=True)
    path, chosen = f"/repository/{repository}/tags/", {"filter": {"pattern": "dev-[0-9]"}}

    preview = post(owner, path + "preview", chosen)
    assert (preview["count"], preview["immutable"], preview["freed_bytes"] > 0) == (5, 1, True)
    assert call(owner, "POST", path + "change", {"action": "delete"}).status == 400
    assert call(owner, "POST", path + "change", {"action": "delete", "filter": {"colour": "red"}}).status == 400
    held = post(owner, path + "change", {"action": "make_immutable", "names": ["dev-0", "missing"]})
    assert held["changed_tags"] == ["dev-0"]
    done = post(owner, path + "change", {"action": "delete", **chosen})
    assert (done["changed"], done["refused_tags"]) == (3, ["dev-0", "dev-3"])
    assert names(owner, repository, "sort=name") == ["dev-0", "dev-3", "v1"]
    released = post(owner, path + "change", {"action": "make_mutable", "filter": {"immutable": True}})
    assert released["changed"] == 2
    end = int(clock.now().timestamp()) + 7200
    assert post(owner, path + "change", {"action": "expire", "expiration": end, "filter": {"contains": "dev"}})["changed"] == 2
    assert one_tag(owner, repository, "dev-0")["end_ts"] == end
    assert post(owner, path + "change", {"action": "delete", "filter": {"all": True}})["changed"] == 3
    assert restore(owner, repository, "v1", keep.digest).status == 200


def test_readers_preview_and_only_writers_change_many(owner: Client, repository: str, people: People) -> None:
    reader = people.user("reader")
    people.grant(repository, reader, "read")
    path = f"/repository/{repository}/tags/"

    assert post(reader, path + "preview", {"filter": {"all": True}})["count"] == 0
    assert call(reader, "POST", path + "change", {"action": "delete", "filter": {"all": True}}).status == 403


def test_a_tag_goes_for_good_only_where_the_settings_allow_it(owner: Client, repository: str, new_server: NewServer) -> None:
    image = owner.push_image(repository, "v1")
    path = f"/repository/{repository}/tag/v1/expire"
    assert call(owner, "POST", path, {"is_alive": True}).status == 404

    settings = owner.server.settings
    allowed = owner.at(new_server(tags=settings.tags.model_copy(update={"permanent_deletion": True})))
    assert call(allowed, "POST", path, {}).status == 400
    assert call(allowed, "POST", path, {"manifest_digest": image.digest}).status == 404
    assert call(allowed, "POST", path, {"is_alive": True}).json == ""
    assert owner.pull(repository, "v1").codes == ["TAG_EXPIRED"]
    assert restore(allowed, repository, "v1", image.digest).status == 404
    second = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    assert call(allowed, "POST", path, {"manifest_digest": second.digest}).status == 200
    assert restore(allowed, repository, "v1", second.digest).status == 404
