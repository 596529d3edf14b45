"""Quotas of namespaces and their limits (api-v1/repositories, section 9): who sees them, who gives them, what clients get."""

from typing import Any

import pytest

from pierhead.access.services import AccessServices
from pierhead.accounts.model.quotas import QuotaPolicy, format_size, make_default_quota, parse_size
from pierhead.accounts.users import get_namespace
from pierhead.audit import store as audit
from pierhead.platform.database import UnitOfWork
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient
from tests.administration.conftest import SignIn

GIB = 1024**3


@pytest.fixture
def options() -> AccessSettings:
    """Superusers pass everywhere, grace reads everything."""
    return AccessSettings(superusers_full_access=True, global_readers=("grace",))


@pytest.fixture
def ada(sign_in: SignIn) -> ApiClient:
    """A user who owns the organization `harbour`."""
    client = sign_in("ada")
    assert client.call("POST", "/organization/", {"name": "harbour", "email": "harbour@example.com"}).status_code == 201
    return client


def create(root: ApiClient, namespace: str = "harbour", limit_bytes: int = 10 * GIB, **limits: int) -> int:
    """A quota with limits; its id."""
    path = f"/organization/{namespace}/quota"
    created = root.call("POST", path, {"limit_bytes": limit_bytes})
    assert (created.status_code, created.json()) == (201, "Created")
    quota_id: int = root.get(path).json()[0]["id"]
    for kind, percent in limits.items():
        answer = root.call("POST", f"{path}/{quota_id}/limit", {"type": kind, "threshold_percent": percent})
        assert (answer.status_code, answer.json()) == (201, "Created")
    return quota_id


def log_of(services: AccessServices, name: str) -> list[tuple[str, dict[str, object]]]:
    def read(work: UnitOfWork) -> list[tuple[str, dict[str, object]]]:
        entries = audit.list_entries_of_namespace(work.connection, get_namespace(work, name).id, 100)
        return [(entry.kind, entry.metadata) for entry in reversed(entries) if "quota" in entry.kind]

    return services.database.read_now(read)


def test_a_superuser_gives_a_quota_and_members_see_it(root: ApiClient, ada: ApiClient, services: AccessServices) -> None:
    quota_id = create(root, Warning=80, Reject=100)

    (shown,) = ada.get("/organization/harbour/quota").json()
    limits = shown.pop("limits")
    assert shown == {"id": quota_id, "limit_bytes": 10 * GIB, "limit": "10.0 GiB", "default_config": False, "default_config_exists": False}
    assert [(limit["type"], limit["limit_percent"]) for limit in limits] == [("Warning", 80), ("Reject", 100)]
    assert ada.get(f"/organization/harbour/quota/{quota_id}").json()["limit_bytes"] == 10 * GIB
    assert ada.get(f"/organization/harbour/quota/{quota_id}/limit").json() == limits
    assert ada.get(f"/organization/harbour/quota/{quota_id}/limit/{limits[0]['id']}").json() == limits[0]
    assert log_of(services, "harbour")[:2] == [
        ("org_create_quota", {"namespace": "harbour", "limit": "10.0 GiB", "limit_bytes": 10 * GIB}),
        ("org_create_quota_limit", {"namespace": "harbour", "type": "Warning", "threshold_percent": 80}),
    ]


def test_quotas_and_limits_change_and_go(root: ApiClient, ada: ApiClient, services: AccessServices) -> None:
    quota_id = create(root, Warning=80)
    path = f"/organization/harbour/quota/{quota_id}"
    limit_id = root.get(f"{path}/limit").json()[0]["id"]

    assert root.call("PUT", path, {"limit": "20 GiB"}).json()["limit_bytes"] == 20 * GIB
    assert root.call("PUT", path, {}).json()["limit_bytes"] == 20 * GIB
    changed = root.call("PUT", f"{path}/limit/{limit_id}", {"threshold_percent": 70})
    assert changed.json()["limits"] == [{"id": limit_id, "type": "Warning", "limit_percent": 70}]
    assert root.call("DELETE", f"{path}/limit/{limit_id}").status_code == 204
    assert root.call("DELETE", f"{path}/limit/{limit_id}").status_code == 404
    assert root.call("DELETE", path).status_code == 204
    assert root.call("DELETE", path).status_code == 404
    assert ada.get("/organization/harbour/quota").json() == []
    assert [kind for kind, _ in log_of(services, "harbour")] == [
        "org_create_quota", "org_create_quota_limit", "org_change_quota", "org_change_quota_limit", "org_delete_quota_limit",
        "org_delete_quota",
    ]  # fmt: skip


def test_neither_members_nor_global_readers_give_quotas(root: ApiClient, ada: ApiClient, sign_in: SignIn) -> None:
    quota_id = create(root)
    grace = sign_in("grace")
    for client in (ada, grace):
        assert client.call("POST", "/organization/ada/quota", {"limit_bytes": 1}).status_code == 403
        assert client.call("PUT", f"/organization/harbour/quota/{quota_id}", {"limit_bytes": 1}).status_code == 403
        assert client.call("DELETE", f"/organization/harbour/quota/{quota_id}").status_code == 403
        assert client.call("POST", "/superuser/users/ada/quota", {"limit_bytes": 1}).status_code == 403


def test_strangers_see_no_quota_and_global_readers_see_what_the_contract_marks(root: ApiClient, ada: ApiClient, sign_in: SignIn) -> None:
    assert ada.get("/organization/harbour").status_code == 200
    quota_id = create(root)
    stranger, grace = sign_in("bob"), sign_in("grace")
    assert stranger.get("/organization/harbour/quota").status_code == 403
    assert grace.get("/organization/harbour/quota").json()[0]["id"] == quota_id
    assert grace.get(f"/organization/harbour/quota/{quota_id}/limit").json() == []
    assert grace.get(f"/organization/harbour/quota/{quota_id}").status_code == 403
    assert grace.get("/superuser/organization/harbour/quota").json()[0]["id"] == quota_id


def test_a_user_sees_the_quota_of_the_own_namespace(root: ApiClient, ada: ApiClient) -> None:
    quota_id = create(root, "ada", Reject=90)
    (shown,) = ada.get("/user/quota").json()
    limit_id = shown["limits"][0]["id"]

    assert ada.get(f"/user/quota/{quota_id}").json() == shown
    assert ada.get(f"/user/quota/{quota_id}/limit").json() == shown["limits"]
    assert ada.get(f"/user/quota/{quota_id}/limit/{limit_id}").json() == shown
    assert ada.get(f"/user/quota/{quota_id}/limit/{limit_id + 1}").status_code == 404
    assert ada.get(f"/user/quota/{quota_id + 1}").status_code == 404


def test_a_quota_of_another_namespace_is_not_found(root: ApiClient, ada: ApiClient) -> None:
    own, other = create(root), create(root, "ada")
    assert ada.get(f"/organization/harbour/quota/{own}").status_code == 200
    assert ada.get(f"/organization/harbour/quota/{other}").status_code == 404
    assert root.call("DELETE", f"/organization/harbour/quota/{other}").status_code == 404


def test_superusers_manage_quotas_below_superuser_too(root: ApiClient, ada: ApiClient) -> None:
    assert ada.get("/organization/harbour").status_code == 200
    for path in ("/superuser/users/ada/quota", "/superuser/organization/harbour/quota"):
        assert root.get(path).json() == []
        assert root.call("POST", path, {"limit": "1.5 MiB"}).status_code == 201
        (shown,) = root.get(path).json()
        assert shown["limit_bytes"] == 1536 * 1024
        assert root.call("PUT", f"{path}/{shown['id']}", {"limit_bytes": 7}).json()["limit_bytes"] == 7
        assert root.call("DELETE", f"{path}/{shown['id']}").status_code == 204
        assert root.get(path.replace("harbour", "absent").replace("ada", "absent")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"limit_bytes": 0},
        {"limit_bytes": -1},
        {"limit_bytes": 2**63},
        {"limit": "10"},
        {"limit": "ten GiB"},
        {"limit": "1 GiB", "limit_bytes": 1},
    ],
)
def test_a_size_that_is_none_is_refused(root: ApiClient, ada: ApiClient, body: dict[str, Any]) -> None:
    assert ada.get("/organization/harbour").status_code == 200
    assert root.call("POST", "/organization/harbour/quota", body).status_code == 400


def test_a_second_quota_and_a_second_rejection_are_refused(root: ApiClient, ada: ApiClient) -> None:
    assert ada.get("/organization/harbour").status_code == 200
    quota_id = create(root, Reject=90)
    path = f"/organization/harbour/quota/{quota_id}/limit"
    assert root.call("POST", "/organization/harbour/quota", {"limit_bytes": 1}).status_code == 400
    assert "Only one" in root.call("POST", path, {"type": "Reject", "threshold_percent": 95}).json()["detail"]
    for body in (
        {"type": "Else", "threshold_percent": 5},
        {"type": "Warning", "threshold_percent": 0},
        {"type": "Warning", "threshold_percent": 101},
    ):
        assert root.call("POST", path, body).status_code == 400
    assert root.call("POST", path, {"type": "Warning", "threshold_percent": 50}).status_code == 201
    assert root.call("POST", path, {"type": "Warning", "threshold_percent": 50}).status_code == 400


def test_lists_and_pages_of_namespaces_show_what_is_used(root: ApiClient, ada: ApiClient) -> None:
    quota_id = create(root)
    report = ada.get("/organization/harbour").json()["quota_report"]
    assert {**report, "quota_bytes": 0, "configured_quota": 10 * GIB, "running_backfill": False, "backfill_status": "complete"} == report
    assert ada.get("/organization/harbour").json()["quotas"] == [{"id": quota_id, "limit_bytes": 10 * GIB, "limits": []}]
    assert ada.get("/user/").json()["quota_report"]["configured_quota"] is None
    (listed,) = root.get("/superuser/organizations/").json()["organizations"]
    assert listed["quota_report"]["configured_quota"] == 10 * GIB
    users = root.get("/superuser/users/").json()["users"]
    assert {user["quota_report"]["configured_quota"] for user in users} == {None}


class TestDefaultQuota:
    @pytest.fixture
    def quotas(self) -> QuotaPolicy:
        return QuotaPolicy(is_on=True, default=make_default_quota(GIB, warning_percent=80, reject_percent=100))

    def test_the_default_is_shown_to_who_has_none(self, root: ApiClient, ada: ApiClient) -> None:
        (shown,) = ada.get("/user/quota").json()
        assert (shown["limit_bytes"], shown["default_config"], shown["default_config_exists"]) == (GIB, True, True)
        create(root, "ada", 5)
        (shown,) = ada.get("/user/quota").json()
        assert (shown["limit_bytes"], shown["default_config"], shown["default_config_exists"]) == (5, False, True)


class TestSwitchedOff:
    @pytest.fixture
    def quotas(self) -> QuotaPolicy:
        return QuotaPolicy()

    def test_every_route_of_quotas_is_missing(self, root: ApiClient, ada: ApiClient) -> None:
        assert ada.get("/user/quota").status_code == 404
        assert root.get("/superuser/users/ada/quota").status_code == 404
        assert root.call("POST", "/organization/harbour/quota", {"limit_bytes": 1}).status_code == 404
        assert "quota_report" not in ada.get("/organization/harbour").json()
        assert "quota_report" not in ada.get("/user/").json()


class TestPlainSuperuser:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings()

    def test_without_full_access_superusers_give_quotas_below_superuser_only(self, root: ApiClient, ada: ApiClient) -> None:
        assert root.call("POST", "/organization/harbour/quota", {"limit_bytes": 1}).status_code == 403
        assert root.get("/organization/harbour/quota").status_code == 403
        assert root.call("POST", "/superuser/organization/harbour/quota", {"limit_bytes": 1}).status_code == 201
        assert ada.get("/organization/harbour/quota").json()[0]["limit_bytes"] == 1


@pytest.mark.parametrize(("text", "size"), [("10 B", 10), ("1KiB", 1024), ("1.5 mb", 1536 * 1024), (" 2 TiB ", 2 * 1024 * GIB)])
def test_sizes_are_read_with_units_of_1024(text: str, size: int) -> None:
    assert parse_size(text) == size


def test_sizes_are_written_for_people() -> None:
    assert [format_size(size) for size in (0, 1023, 1024, 10 * GIB)] == ["0.0 B", "1023.0 B", "1.0 KiB", "10.0 GiB"]
