"""What the API of organizations tells about permissions on repositories."""

from pierhead.access.delete_account import delete_account
from pierhead.audit.model import SYSTEM
from pierhead.repositories.namespace_grants import StoredRepositoryGrants
from tests.registry.client import Client
from tests.registry.people import People
from tests.repositories.api import call, create, get


def test_members_collaborators_and_teams_show_their_repositories(people: People, owner: Client, stranger: Client) -> None:
    organization = people.organization(owner, crew="member")
    for name in ("a/b", "c"):
        create(owner, name, namespace=organization)
    call(owner, "PUT", f"/repository/{organization}/a/b/permissions/user/{stranger.name}", {"role": "read"})
    call(owner, "PUT", f"/repository/{organization}/c/permissions/team/crew", {"role": "read"})

    (collaborator,) = get(owner, f"/organization/{organization}/collaborators")["collaborators"]
    assert (collaborator["name"], collaborator["repositories"]) == (stranger.name, ["a/b"])
    assert get(owner, f"/organization/{organization}/members")["members"][0]["repositories"] == ["a/b", "c"]
    assert {name: team["repo_count"] for name, team in get(owner, f"/organization/{organization}")["teams"].items()} == {
        "crew": 1,
        "owners": 0,
    }


def test_whoever_is_removed_from_an_organization_loses_the_permissions(people: People, owner: Client, stranger: Client) -> None:
    organization = people.organization(owner, crew="member")
    create(owner, "app", namespace=organization)
    call(owner, "PUT", f"/repository/{organization}/app/permissions/user/{stranger.name}", {"role": "read"})
    assert call(owner, "DELETE", f"/organization/{organization}/members/{stranger.name}").status == 204

    assert call(stranger, "GET", f"/repository/{organization}/app").status == 403


def test_deleting_an_organization_removes_its_repositories_with_their_images(people: People, owner: Client) -> None:
    organization = people.organization(owner)
    create(owner, "app", namespace=organization)
    owner.push_image(f"{organization}/app", "v1")

    grants = StoredRepositoryGrants()
    people.server.core.database.write_now(delete_account, SYSTEM, people.account(organization), grants=grants)

    assert call(owner, "GET", f"/repository/{organization}/app").status == 403
    assert owner.pull(f"{organization}/app", "v1").status in (403, 404)


def test_robots_and_teams_show_what_they_were_given(people: People, owner: Client, stranger: Client, repository: str) -> None:
    organization = people.organization(owner, crew="member")
    create(owner, "a/b", namespace=organization, visibility="public")
    robots = {organization: people.robot(organization), owner.name: people.robot(owner.name)}
    for name, holder in (
        (f"{organization}/a/b", "team/crew"),
        (f"{organization}/a/b", f"user/{robots[organization].name}"),
        (repository, f"user/{robots[owner.name].name}"),
    ):
        assert call(owner, "PUT", f"/repository/{name}/permissions/{holder}", {"role": "write"}).status == 200

    shown = {"permissions": [{"repository": {"name": "a/b", "is_public": True}, "role": "write"}]}
    paths = [f"/organization/{organization}/team/crew/permissions", f"/organization/{organization}/robots/ci/permissions"]
    assert [get(owner, path) for path in paths] == [shown, shown]
    assert get(owner, "/user/robots/ci/permissions")["permissions"][0]["repository"]["name"] == repository.partition("/")[2]
    assert [call(stranger, "GET", path).status for path in paths] == [403, 403]
    assert call(people.anonymous, "GET", "/user/robots/ci/permissions").status == 401
    assert call(owner, "GET", f"/organization/{organization}/team/none/permissions").status == 404
    assert call(owner, "GET", "/user/robots/none/permissions").status == 400
