"""What clients ask before they sign in: `/config`, and the meaning of errors (api-v1, sections 3.5 and 7)."""

import pytest

from pierhead import __version__
from pierhead.access.api.error_types import ERROR_TYPES
from pierhead.access.model.features import Announcements, list_features
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient


def test_the_configuration_tells_where_the_server_is_and_what_it_does(client: ApiClient) -> None:
    view = client.http.get("/config").json()

    assert (view["config"]["SERVER_HOSTNAME"], view["config"]["PREFERRED_URL_SCHEME"]) == ("registry.example.com", "http")
    assert view["config"]["AUTHENTICATION_TYPE"] == "Database"
    assert (view["registry_state"], view["account_recovery_mode"], view["external_login"]) == ("normal", False, [])
    assert view["version_number"] == f"Pierhead {__version__}"
    features = view["features"]
    assert all(isinstance(value, bool) for value in features.values())
    assert (features["DIRECT_LOGIN"], features["USER_CREATION"], features["APP_SPECIFIC_TOKENS"]) == (True, True, True)
    assert (features["BILLING"], features["SIGNING"], features["MAILING"]) == (False, False, False)
    assert view["config"]["FEATURE_REPO_MIRROR"] is features["REPO_MIRROR"]


class TestWhenSwitchedOff:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(user_initialize=False, user_creation=False, encrypted_passwords_only=True)

    def test_the_features_follow_the_settings(self, client: ApiClient) -> None:
        features = client.http.get("/config").json()["features"]

        assert (features["USER_CREATION"], features["USER_INITIALIZE"], features["REQUIRE_ENCRYPTED_BASIC_AUTH"]) == (False, False, True)


def test_the_address_in_an_error_explains_it(client: ApiClient) -> None:
    refusal = client.get("/user/").json()
    explained = client.http.get(refusal["type"])

    assert explained.status_code == 200
    assert explained.json() == {
        "type": "http://registry.example.com/api/v1/error/invalid_token",
        "title": "invalid_token",
        "description": ERROR_TYPES["invalid_token"],
    }
    assert client.get("/error/nothing").status_code == 404


def test_the_rooms_above_announce_their_features_themselves() -> None:
    announcements = Announcements(nested_names=False, library_namespace=False, features={"LOG_EXPORT": True})
    features = list_features(
        announcements, user_creation=True, user_initialize=True, encrypted_passwords_only=False, assign_oauth_tokens=True
    )

    assert (features["EXTENDED_REPOSITORY_NAMES"], features["LIBRARY_SUPPORT"], features["LOG_EXPORT"]) == (False, False, True)
