"""Bearer tokens that an identity provider made for clients which may call the API (api-v1, 4.1)."""

from typing import Any

import pytest

from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.services import AccessServices
from tests.access.builders import ApiClient, log_in
from tests.access.journeys import disable_ada, open_company
from tests.services.oidc_provider import CLIENT_ID, OidcProvider


class TestBearerTokens:
    """Tokens that the provider made for another client: the API takes them when the settings list the client."""

    @pytest.fixture
    def external(self, provider: OidcProvider) -> ExternalSignIn:
        return open_company(provider, bearer_clients=("terraform",))

    def make(self, provider: OidcProvider, **changes: Any) -> dict[str, str]:
        claims: dict[str, Any] = {"azp": "terraform", "preferred_username": "ada", **changes}
        return {"Authorization": f"Bearer {provider.make_token('4711', CLIENT_ID, **claims)}"}

    def test_the_bearer_acts_as_the_user(self, client: ApiClient, provider: OidcProvider) -> None:
        headers = self.make(provider)

        assert client.get("/user/", headers=headers).json()["username"] == "ada"
        assert client.call("POST", "/organization/", {"name": "harbour"}, headers=headers).status_code == 201
        assert client.call("DELETE", "/organization/harbour", headers=headers).status_code == 204

    def test_clients_of_the_registry_send_it_too(self, services: AccessServices, provider: OidcProvider) -> None:
        token = self.make(provider)["Authorization"].removeprefix("Bearer ")

        assert log_in(services, "$oauthtoken", token).name == "ada"

    @pytest.mark.parametrize(
        "changed",
        [
            {"azp": "another"},
            {"azp": None},
            {"aud": "another"},
            {"iss": "https://elsewhere.example.com"},
            {"exp": 1},
            {"exp": None},
        ],
    )
    def test_other_tokens_are_refused_for_reads_too(self, changed: dict[str, Any], client: ApiClient, provider: OidcProvider) -> None:
        headers = self.make(provider, **changed)

        for method, path in (("GET", "/user/"), ("GET", "/users/ada"), ("POST", "/organization/")):
            answer = client.call(method, path, headers=headers)
            assert (answer.status_code, answer.json()["title"]) == (401, "invalid_token")

    def test_the_token_of_a_disabled_user_is_refused(self, client: ApiClient, services: AccessServices, provider: OidcProvider) -> None:
        headers = self.make(provider)
        client.get("/user/", headers=headers)
        services.database.write_now(disable_ada)

        assert client.get("/user/", headers=headers).status_code == 401


class TestWithoutListedClients:
    @pytest.fixture
    def external(self, provider: OidcProvider) -> ExternalSignIn:
        return open_company(provider)

    def test_no_token_is_taken(self, client: ApiClient, provider: OidcProvider) -> None:
        token = provider.make_token("4711", CLIENT_ID, azp=CLIENT_ID)

        assert client.get("/user/", headers={"Authorization": f"Bearer {token}"}).status_code == 401
