"""Users change their own name where the settings let them, or where the server made it up (api-v1/accounts, section 3)."""

import pytest
from sqlalchemy import update

from pierhead.access.services import AccessServices
from pierhead.accounts.tables import account
from pierhead.platform.database import UnitOfWork
from pierhead.settings import AccessSettings
from tests.access.builders import PASSWORD, ApiClient, add_user
from tests.access.conftest import MakeClient, log_kinds


@pytest.fixture
def ada(services: AccessServices, client: ApiClient) -> ApiClient:
    add_user(services, "ada")
    client.sign_in("ada")
    return client


def make_name_up(work: UnitOfWork) -> None:
    """What an external sign-in does that finds no name."""
    work.connection.execute(update(account).where(account.c.name == "ada").values(must_confirm_name=True))


class TestWhereUsersMay:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(user_rename=True)

    def test_a_user_takes_another_name_and_may_take_the_old_one_back(
        self, services: AccessServices, ada: ApiClient, new_client: MakeClient
    ) -> None:
        ada.call("PUT", "/user/robots/ci")
        assert ada.call("PUT", "/user/", {"username": "ida"}).json()["username"] == "ida"
        assert [robot["name"] for robot in ada.get("/user/robots").json()["robots"]] == ["ida+ci"]
        assert new_client().sign_in("ida").status_code == 200
        assert new_client().sign_in("ada").status_code == 403
        stranger = new_client()
        stranger.fetch_csrf_token()
        taken = stranger.call("POST", "/user/", {"username": "ada", "password": PASSWORD})
        assert (taken.status_code, "short time ago" in taken.json()["message"]) == (400, True)

        assert ada.call("PUT", "/user/", {"username": "ada"}).json()["username"] == "ada"
        assert log_kinds(services, "ada").count("user_change_name") == 2

    @pytest.mark.parametrize("name", ["A", "api", "bob"])
    def test_a_name_that_is_taken_or_breaks_a_rule_is_refused(self, services: AccessServices, ada: ApiClient, name: str) -> None:
        add_user(services, "bob")
        assert ada.call("PUT", "/user/", {"username": name, "company": "Harbour"}).status_code == 400
        view = ada.get("/user/").json()
        assert (view["username"], view["company"]) == ("ada", None)

    def test_the_feature_is_announced(self, client: ApiClient) -> None:
        assert client.http.get("/config").json()["features"]["USER_RENAME"] is True


class TestWhereUsersMayNot:
    def test_the_name_stays(self, ada: ApiClient) -> None:
        for name in ("ida", "ada", ""):
            assert ada.call("PUT", "/user/", {"username": name}).json()["username"] == "ada"

    @pytest.mark.parametrize("name", ["ada", "ida"])
    def test_a_name_that_the_server_made_up_is_confirmed_or_changed_once(self, services: AccessServices, ada: ApiClient, name: str) -> None:
        services.database.write_now(make_name_up)
        assert ada.get("/user/").json()["prompts"] == ["confirm_username"]

        assert ada.call("PUT", "/user/", {"username": name}).json()["username"] == name
        assert ada.get("/user/").json()["prompts"] == []
        assert ada.call("PUT", "/user/", {"username": "other"}).json()["username"] == name
