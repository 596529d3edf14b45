"""Search and entities in the REST API (api-v1/repositories, section 3; accounts, section 9)."""

from typing import Any

from tests.registry.client import Client
from tests.registry.people import People
from tests.repositories.api import call, create, get


def found(client: Client, query: str) -> list[str]:
    return [f"{item['namespace']['name']}/{item['name']}" for item in get(client, f"/find/repositories?query={query}")["results"]]


def entities(client: Client, path: str) -> list[tuple[str, str]]:
    return [(each["kind"], each["name"]) for each in get(client, f"/entities/{path}")["results"]]


def test_search_finds_what_the_caller_may_read(people: People, owner: Client, stranger: Client) -> None:
    private, public = people.repository(owner, "barque"), people.repository(owner, "barque", public=True)

    assert found(owner, f"{owner.name}/BARQUE") == sorted([private, public])
    assert found(stranger, f"{owner.name}/barque") == [public]
    assert found(people.anonymous, f"{owner.name}/barque") == [public]
    assert found(owner, "100%25") == []
    assert found(owner, "%00") == []


def test_a_result_shows_its_owner_and_its_use(people: People, owner: Client) -> None:
    name = people.repository(owner, "sloop", public=True)
    short = name.partition("/")[2]
    owner.push_image(name, "v1")
    call(owner, "POST", "/user/starred", {"namespace": owner.name, "repository": short})
    (plain,) = get(people.anonymous, f"/find/repositories?query={name}")["results"]
    (full,) = get(people.anonymous, f"/find/repositories?query={name}&includeUsage=true")["results"]

    assert (plain["kind"], plain["title"], plain["name"], plain["href"]) == ("repository", "repo", short, f"/repository/{name}")
    assert (plain["namespace"]["title"], plain["namespace"]["kind"], plain["namespace"]["name"]) == ("user", "user", owner.name)
    assert "stars" not in plain
    assert (full["stars"], full["popularity"], isinstance(full["last_modified"], int)) == (1, 0.0, True)


def test_findings_come_ten_on_a_page(people: People, owner: Client) -> None:
    for _ in range(23):
        people.repository(owner, "lugger")
    pages: list[dict[str, Any]] = [get(owner, f"/find/repositories?query={owner.name}/lugger&page={page}") for page in (1, 2, 3)]

    assert [len(page["results"]) for page in pages] == [10, 10, 3]
    assert [page["has_additional"] for page in pages] == [True, True, False]
    assert [(page["page"], page["start_index"], page["page_size"]) for page in pages] == [(1, 0, 10), (2, 10, 10), (3, 20, 10)]
    assert get(owner, "/find/repositories?page=1000000")["page"] == 10
    assert call(owner, "GET", "/find/repositories?page=x").status == 400


def test_everything_of_a_name_is_found_by_those_who_administer_it(people: People, owner: Client, stranger: Client) -> None:
    organization = people.organization(owner, "frigate", frigates="member")
    robot = people.robot(organization)
    create(owner, "frigate", namespace=organization)
    results = get(owner, f"/find/all?query={organization}")["results"]

    assert [(each["kind"], each["name"]) for each in results] == [
        ("organization", organization),
        ("robot", robot.name),
        ("repository", "frigate"),
    ]
    teams = [each for each in get(owner, "/find/all?query=frigates")["results"] if each["kind"] == "team"]
    assert [(each["name"], each["organization"]["name"]) for each in teams] == [("frigates", organization)]
    assert get(stranger, f"/find/all?query={organization}") == {"results": []}
    assert get(people.anonymous, f"/find/all?query={organization}") == {"results": []}
    assert get(owner, "/find/all?query=") == {"results": []}


def test_entities_are_users_and_for_members_robots_and_teams(people: People, owner: Client) -> None:
    organization = people.organization(owner, "corvette", corvettes="member")
    robot, guest = people.robot(organization, "corvette-ci"), people.user("corvette-guest")
    query = f"corvette?namespace={organization}&includeTeams=true&includeOrgs=true"

    assert entities(owner, query) == [("team", "corvettes"), ("user", guest.name), ("user", robot.name), ("org", organization)]
    shown = get(owner, f"/entities/{query}")["results"]
    assert [each.get("is_robot") for each in shown] == [None, False, True, None]
    assert [each["is_org_member"] for each in shown] == [True, False, True, True]
    assert entities(guest, f"corvette?namespace={organization}&includeTeams=true") == [("user", guest.name)]
    assert entities(owner, "corvette") == [("user", guest.name)]
    assert "is_org_member" not in get(owner, "/entities/corvette")["results"][0]


def test_a_users_own_robots_are_found_in_the_own_namespace_only(people: People, owner: Client, stranger: Client) -> None:
    robot = people.robot(owner.name, "ketch")

    assert entities(owner, f"ketch?namespace={owner.name}") == [("user", robot.name)]
    assert entities(stranger, f"ketch?namespace={owner.name}") == []


def test_nobody_and_nothing_find_nobody(people: People, owner: Client) -> None:
    assert get(people.anonymous, f"/entities/{owner.name}") == {"results": []}
    for path in ("/entities/", "/entities", "/entities/?namespace=x", "/entities/%00", "/entities/a%25b"):
        assert get(owner, path) == {"results": []}
