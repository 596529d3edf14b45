"""Every operation of the contract is served, or announced off: clients ask `/config` first and never call what is off."""

import pytest

from tests.contract.operations import TABLE, Operation, list_served, read_table
from tests.contract.permissions import Rule
from tests.contract.recipes import RECIPES
from tests.registry.client import Client, Server

_SERVED = list_served()
# Groups whose operations name no feature of their own in the contract.
_GROUP_FEATURES = {"Builds": "BUILD_SUPPORT", "Triggers": "BUILD_SUPPORT"}
# The states NORMAL and READ_ONLY need no mirror, so the call is there without one; a directory or a provider with groups, which a setting
# names, switches the other two on, and without one they answer 404.
_SERVED_ALL_THE_SAME = frozenset({"changeRepoState", "disableOrganizationTeamSync", "enableOrganizationTeamSync"})
# What no feature can announce off, and who will bring it.
_TO_COME = {
    "notifications": (
        "listRepoNotifications", "createRepoNotification", "getRepoNotification", "resetRepositoryNotificationFailures",
        "deleteRepoNotification", "testRepoNotification", "listUserNotifications", "getUserNotification", "updateUserNotification",
        "checkRepoEmailAuthorized", "sendAuthorizeRepoEmail",
    ),
    "builds": (
        "getFiledropUrl", "getRepoBuildSuperUser", "getRepoBuildLogsSuperUser", "getRepoBuildLogsArchiveSuperUser",
        "getRepoBuildStatusSuperUser",
    ),
}  # fmt: skip


def _unserved() -> list[Operation]:
    return [operation for key, operation in read_table().items() if key not in _SERVED]


@pytest.fixture(scope="module")
def features(server: Server) -> dict[str, bool]:
    announced: dict[str, bool] = Client(server).call("GET", "/config").json["features"]
    return announced


def test_every_operation_that_is_not_served_is_announced_off(features: dict[str, bool]) -> None:
    to_come = {name for names in _TO_COME.values() for name in names}
    silent = [
        f"{operation.method} {operation.path} ({operation.name})"
        for operation in _unserved()
        if operation.name not in to_come and all(features.get(name) for name in _features_of(operation))
    ]

    assert not silent, f"Serve them, or announce a feature of theirs off, or say in {__name__} who will: {silent}"


def test_every_operation_that_is_served_is_announced_on(features: dict[str, bool]) -> None:
    hidden = [
        f"{operation.method} {operation.path}: {name}"
        for key, operation in read_table().items()
        if key in _SERVED and operation.name not in _SERVED_ALL_THE_SAME
        for name in operation.features
        if features.get(name) is False
    ]

    assert not hidden, f"Switch these features on in routes.py: {hidden}"


def test_every_unserved_path_below_the_api_answers_404_or_405_in_the_typed_form(server: Server) -> None:
    for operation in _unserved():
        path = operation.path.replace("{r}", "harbour/app").replace("{", "").replace("}", "")
        answer = Client(server).call(operation.method, path)
        # A greedy repository path may take it for a repository, which nobody without a login is told of.
        assert answer.status in (401, 403, 404, 405), (operation, answer)
        assert answer.json["error_type"], (operation, answer)


def test_the_table_knows_only_marks_and_recipes_that_exist() -> None:
    names = {operation.name for operation in read_table().values()}
    for operation in read_table().values():
        Rule.parse(operation.permission)

    generated = {name for name in RECIPES if name.endswith(("Policy", "QuotaSuperUser", "Quota", "QuotaLimit"))}
    assert not set(RECIPES) - names - generated, f"recipes.py names operations that {TABLE.name} does not"


def _features_of(operation: Operation) -> tuple[str, ...]:
    group = _GROUP_FEATURES.get(operation.group)
    return operation.features if group is None else (*operation.features, group)
