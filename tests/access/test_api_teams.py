"""Teams and their members in the REST API (api-v1/accounts, section 6)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pierhead.access.services import AccessServices
from tests.access.builders import ApiClient, add_user
from tests.access.conftest import Join, MakeClient, log_kinds

TEAM = "/organization/harbour/team"


def test_a_team_is_made_changed_and_deleted(services: AccessServices, owner: ApiClient) -> None:
    created = owner.call("PUT", f"{TEAM}/crew", {"role": "member", "description": "Sailors", "name": "crew"})
    assert created.status_code == 200
    assert created.json() | {"avatar": None} == {
        "name": "crew", "description": "Sailors", "can_view": True, "role": "member", "avatar": None, "new_team": True,
    }  # fmt: skip

    changed = owner.call("PUT", f"{TEAM}/crew", {"role": "creator"}).json()
    assert (changed["role"], changed["description"], changed["new_team"]) == ("creator", "Sailors", False)
    assert owner.call("PUT", f"{TEAM}/crew", {"role": "creator", "description": ""}).json()["description"] == ""
    assert owner.get("/organization/harbour").json()["ordered_teams"] == ["crew", "owners"]
    assert owner.call("DELETE", f"{TEAM}/crew").status_code == 204
    assert owner.get("/organization/harbour").json()["ordered_teams"] == ["owners"]
    assert log_kinds(services, "harbour")[1:] == ["org_create_team", "org_set_team_role", "org_set_team_description", "org_delete_team"]


def test_the_same_put_twice_changes_nothing_the_second_time(services: AccessServices, owner: ApiClient) -> None:
    body = {"role": "member", "description": "Sailors"}
    owner.call("PUT", f"{TEAM}/crew", body)
    before = log_kinds(services, "harbour")

    assert owner.call("PUT", f"{TEAM}/crew", body).json()["new_team"] is False
    assert log_kinds(services, "harbour") == before


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("crew", {}),
        ("crew", {"role": "owner"}),
        ("CREW", {"role": "member"}),
        ("x", {"role": "member"}),
        ("crew", {"role": "member", "description": "x" * 4097}),
        ("crew", {"role": "member", "description": "nul\0"}),
    ],
)
def test_a_team_that_breaks_a_rule_is_refused(owner: ApiClient, name: str, body: dict[str, str]) -> None:
    assert owner.call("PUT", f"{TEAM}/{name}", body).status_code == 400


def test_an_unknown_team_cannot_be_deleted(owner: ApiClient) -> None:
    for name in ("crew", "NO", "x" * 300):
        response = owner.call("DELETE", f"{TEAM}/{name}")
        assert response.status_code == 400
        assert response.json()["message"].endswith("is not a team in org 'harbour'")


def test_the_last_team_of_admins_stays(owner: ApiClient) -> None:
    refusals = [
        owner.call("DELETE", f"{TEAM}/owners"),
        owner.call("PUT", f"{TEAM}/owners", {"role": "creator"}),
        owner.call("DELETE", f"{TEAM}/owners/members/ada"),
    ]

    for response in refusals:
        assert response.status_code == 400
        assert response.json()["message"].startswith("The organization 'harbour' would have no admin any more.")
    view = owner.get("/organization/harbour").json()
    assert (view["is_admin"], view["teams"]["owners"]["role"], view["teams"]["owners"]["member_count"]) == (True, "admin", 1)


def test_a_robot_among_the_admins_does_not_count(owner: ApiClient) -> None:
    owner.call("PUT", "/organization/harbour/robots/ci")
    owner.call("PUT", f"{TEAM}/owners/members/harbour+ci")

    assert owner.call("DELETE", f"{TEAM}/owners/members/ada").status_code == 400


def test_of_two_admins_who_remove_each_other_at_once_one_stays(owner: ApiClient, join: Join) -> None:
    grace = join("grace", "admin")
    calls = [(owner, "admins", "grace"), (grace, "owners", "ada")]
    with ThreadPoolExecutor(2) as threads:
        statuses = list(threads.map(lambda call: call[0].call("DELETE", f"{TEAM}/{call[1]}/members/{call[2]}").status_code, calls))

    assert statuses.count(204) == 1


def test_users_and_robots_join_and_leave(services: AccessServices, owner: ApiClient) -> None:
    add_user(services, "bob")
    owner.call("PUT", "/organization/harbour/robots/ci")
    owner.call("PUT", f"{TEAM}/crew", {"role": "member"})

    joined = owner.call("PUT", f"{TEAM}/crew/members/bob")
    assert joined.status_code == 200
    assert joined.json() | {"avatar": None} == {"name": "bob", "kind": "user", "is_robot": False, "avatar": None, "invited": False}
    assert owner.call("PUT", f"{TEAM}/crew/members/harbour%2Bci", {}).json()["is_robot"] is True
    view = owner.get(f"{TEAM}/crew/members", params={"includePending": "true"}).json()
    assert (view["name"], view["can_edit"]) == ("crew", True)
    assert [(member["name"], member["is_robot"]) for member in view["members"]] == [("bob", False), ("harbour+ci", True)]
    assert owner.get("/organization/harbour").json()["teams"]["crew"]["member_count"] == 2
    for name in ("bob", "harbour+ci"):
        assert owner.call("DELETE", f"{TEAM}/crew/members/{name}").status_code == 204
    assert owner.get(f"{TEAM}/crew/members").json()["members"] == []
    assert log_kinds(services, "harbour")[-4:] == ["org_add_team_member"] * 2 + ["org_remove_team_member"] * 2


def test_who_cannot_join_or_leave_is_told_why(services: AccessServices, owner: ApiClient) -> None:
    add_user(services, "bob")
    owner.call("PUT", f"{TEAM}/crew", {"role": "member"})
    owner.call("PUT", "/user/robots/mine")
    owner.call("PUT", f"{TEAM}/crew/members/bob")

    again = owner.call("PUT", f"{TEAM}/crew/members/bob")
    assert (again.status_code, again.json()["message"]) == (400, "User bob is already a member of team crew")
    for stranger in ("nobody", "harbour", "ada+mine", "harbour+nothing", "NO"):
        refused = owner.call("PUT", f"{TEAM}/crew/members/{stranger}")
        assert (refused.status_code, refused.json()["message"]) == (400, "Unknown user")
    left = owner.call("DELETE", f"{TEAM}/crew/members/ada")
    assert (left.status_code, left.json()["message"]) == (400, "User ada does not belong to team crew")
    assert owner.call("DELETE", f"{TEAM}/crew/members/nobody").status_code == 404
    assert owner.call("PUT", f"{TEAM}/nothing/members/bob").status_code == 404
    assert owner.call("DELETE", f"{TEAM}/nothing/members/bob").status_code == 404
    assert owner.get(f"{TEAM}/nothing/members").status_code == 404


def test_a_member_sees_its_own_team_and_no_other(owner: ApiClient, join: Join, new_client: MakeClient) -> None:
    bob = join("bob", "member")

    view = bob.get(f"{TEAM}/members/members").json()
    assert ([member["name"] for member in view["members"]], view["can_edit"]) == (["bob"], False)
    assert bob.get(f"{TEAM}/owners/members").status_code == 403
    assert bob.get(f"{TEAM}/nothing/members").status_code == 403
    teams = bob.get("/organization/harbour").json()["teams"]
    assert (teams["members"]["can_view"], teams["owners"]["can_view"]) == (True, False)
    assert new_client().get(f"{TEAM}/members/members").status_code == 401
