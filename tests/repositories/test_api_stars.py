"""Stars in the REST API (api-v1/repositories, section 1)."""

from tests.registry.client import Client
from tests.registry.people import People
from tests.repositories.api import call, get


def star(client: Client, name: str) -> int:
    namespace, _, short = name.partition("/")
    answer = call(client, "POST", "/user/starred", {"namespace": namespace, "repository": short})
    if answer.status == 201:
        assert answer.json == {"namespace": namespace, "repository": short}
    return answer.status


def test_a_star_is_put_on_and_taken_off_as_often_as_one_likes(owner: Client, repository: str) -> None:
    assert [star(owner, repository), star(owner, repository)] == [201, 201]
    namespace, _, name = repository.partition("/")
    assert get(owner, "/user/starred") == {"repositories": [{"namespace": namespace, "name": name, "description": "", "is_public": False}]}
    assert get(owner, f"/repository/{repository}")["is_starred"]
    assert get(owner, f"/repository?namespace={namespace}")["repositories"][0]["is_starred"]

    for _ in range(2):
        assert call(owner, "DELETE", f"/user/starred/{repository}").status == 204
    assert get(owner, "/user/starred") == {"repositories": []}


def test_only_what_one_may_read_can_be_starred(people: People, owner: Client, stranger: Client, repository: str) -> None:
    assert [star(stranger, repository), star(stranger, f"{owner.name}/missing"), star(stranger, "x/\0")] == [404, 404, 404]
    assert call(stranger, "DELETE", f"/user/starred/{repository}").status == 204
    public = people.repository(owner, public=True)
    assert star(stranger, public) == 201

    call(owner, "POST", f"/repository/{public}/changevisibility", {"visibility": "private"})
    assert get(stranger, "/user/starred") == {"repositories": []}


def test_stars_need_a_user(people: People, repository: str) -> None:
    assert call(people.anonymous, "GET", "/user/starred").status == 401


def test_pages_of_starred_repositories_hold_each_once(people: People, owner: Client, stranger: Client) -> None:
    for number in range(103):
        name = people.repository(owner, public=True)
        assert number % 2 or star(stranger, name) == 201
        assert star(owner, name) == 201
    first = get(owner, "/repository?starred=true")
    second = get(owner, f"/repository?starred=true&next_page={first['next_page']}")

    assert (len(first["repositories"]), len(second["repositories"]), "next_page" in second) == (100, 3, False)
    assert len(get(stranger, "/user/starred")["repositories"]) == 52


def test_stars_go_with_the_repository(owner: Client, repository: str) -> None:
    star(owner, repository)
    call(owner, "DELETE", f"/repository/{repository}")

    assert get(owner, "/user/starred") == {"repositories": []}
