"""The index of names' parts: whatever a name holds is found by one of them, also after the name changed."""

from importlib import import_module

from hypothesis import given
from hypothesis import strategies as st

from pierhead.repositories.model import choose_grams, cut_grams
from tests.registry.client import Client
from tests.registry.people import People
from tests.repositories.api import call, get

_words = st.text("ab1._-", min_size=1, max_size=6).map(lambda word: f"x{word}")
_names = st.lists(_words, min_size=2, max_size=3).map("/".join)


@given(name=_names, data=st.data())
def test_every_part_that_a_text_is_looked_for_by_is_a_part_of_each_name_that_holds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 3))
    text = name[start : data.draw(st.integers(start + 3, len(name)))]

    assert set(choose_grams(text)) <= cut_grams(name)


@given(name=_names)
def test_the_migration_cuts_names_as_the_product_does(name: str) -> None:
    migration = import_module("pierhead.platform.database.migrations.versions.0017_search")

    assert migration._cut(name) == cut_grams(name)


def test_a_short_text_is_looked_for_where_words_begin() -> None:
    assert choose_grams("ap") == ("ap",)
    assert choose_grams("a/") == ("a",)
    assert choose_grams("-") == ()
    assert {"ap", "fr", "f"} <= cut_grams("harbour/app-frontend")


def test_a_deleted_repository_is_found_no_more_and_its_name_is_found_again(people: People, owner: Client) -> None:
    name = people.repository(owner, "lighthouse", public=True)
    assert _find(owner, name) == [name]

    assert call(owner, "DELETE", f"/repository/{name}").status == 204
    assert _find(owner, name) == []

    short = name.partition("/")[2]
    assert call(owner, "POST", "/repository", {"repository": short, "visibility": "private", "description": ""}).status == 201
    assert _find(owner, name) == [name]


def _find(client: Client, name: str) -> list[str]:
    found = get(client, f"/find/repositories?query={name.partition('/')[2][1:]}")
    return [f"{each['namespace']['name']}/{each['name']}" for each in found["results"]]
