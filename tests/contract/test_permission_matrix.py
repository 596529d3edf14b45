"""Every route of the application, called by everybody: who may and who may not is what the contract says, and nobody else."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.contract.operations import TABLE, Operation, list_served, read_table
from tests.contract.permissions import OK, STANDINGS, Rule, Verdict
from tests.contract.recipes import RECIPES, VALUES, Recipe
from tests.contract.world import CLOSED, OPEN, World
from tests.registry.client import Answer

_TABLE = read_table()
_SERVED = list_served()
# FastAPI's own page, which asks nobody.
_NO_OPERATION = frozenset({"GET /api/v1/openapi.json"})


def test_every_route_has_a_row() -> None:
    missing = sorted(set(_SERVED) - set(_TABLE) - _NO_OPERATION)

    assert not missing, (
        f"These routes have no row in {TABLE.name}: {missing}. Add 'METHOD path | permission | features | name' below 'Ours' "
        "(and to recipes.py what the call needs: a body, or the status that answers whoever may)."
    )


@pytest.mark.parametrize("key", sorted(set(_SERVED) & set(_TABLE)))
def test_who_may_call(key: str, world: World) -> None:
    operation = _TABLE[key]
    rule, recipe = Rule.parse(operation.permission), RECIPES.get(operation.name, Recipe())

    wrong = [
        f"{who} on a {'public' if is_public else 'private'} repository: {answer.status}, not {_tell(verdict, recipe)}; {answer.body[:200]!r}"
        for is_public in _visibilities(operation)
        for who, verdict, answer in _call_as_everybody(operation, rule, recipe, world, is_public=is_public)
        if not _is_right(verdict, answer, recipe)
    ]

    assert not wrong, f"{key} ({operation.permission}):\n" + "\n".join(wrong)


def _visibilities(operation: Operation) -> tuple[bool, ...]:
    return (True, False) if "r" in operation.parameters else (False,)


def _call_as_everybody(
    operation: Operation, rule: Rule, recipe: Recipe, world: World, *, is_public: bool
) -> Iterator[tuple[str, Verdict, Answer]]:
    for who, caller in world.callers.items():
        verdict = rule.judge(STANDINGS[who], is_public=is_public)
        if verdict is None or (recipe.refused_only and verdict == OK):
            continue
        yield who, verdict, caller.call(operation.method, _path(operation, recipe, world, is_public=is_public), recipe.body)


def _path(operation: Operation, recipe: Recipe, world: World, *, is_public: bool) -> str:
    values = {**VALUES, "r": OPEN if is_public else CLOSED, **recipe.values}
    if recipe.expendable == "organization":
        values |= dict.fromkeys(("orgname", "name"), world.organization())
    elif recipe.expendable == "repository":
        values["r"] = world.repository(is_public=is_public)
    path = operation.path
    for name in operation.parameters:
        path = path.replace("{" + name + "}", quote(values[name], safe="/+:@"))
    return path + recipe.query


def _is_right(verdict: Verdict, answer: Answer, recipe: Recipe) -> bool:
    if verdict == OK:
        return answer.status in recipe.answers if recipe.answers else 200 <= answer.status < 300
    return verdict is None or answer.status in verdict


def _tell(verdict: Verdict, recipe: Recipe) -> str:
    if verdict == OK:
        return "allowed, " + (f"one of {sorted(recipe.answers)}" if recipe.answers else "a success")
    return f"refused with one of {sorted(verdict or ())}"
