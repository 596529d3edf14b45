"""OAuth tokens of chosen scopes, made as an admin makes them: through the REST API."""

from tests.access.builders import ApiClient


def create_token(
    client: ApiClient, scopes: str, *, organization: str = "harbour", name: str = "test", expiration: int | None = None
) -> str:
    """A token (its secret) that acts as the client's user, who is an admin of the organization; `scopes` are words separated by spaces."""
    client_id = create_application(client, organization=organization)["client_id"]
    return mint_token(client, client_id, scopes, organization=organization, name=name, expiration=expiration)["token"]


def create_application(client: ApiClient, *, organization: str = "harbour", **fields: str) -> dict[str, str]:
    """A new application of the organization, as the API shows it."""
    response = client.call("POST", f"/organization/{organization}/applications", {"name": "crane", **fields})
    assert response.status_code == 200, response.text
    application: dict[str, str] = response.json()
    return application


def mint_token(
    client: ApiClient,
    client_id: str,
    scopes: str,
    *,
    organization: str = "harbour",
    name: str = "test",
    expiration: int | None = None,
) -> dict[str, str]:
    """A token of an application, as the API shows it this one time."""
    body = {"name": name, "scope": scopes, "expiration": expiration}
    response = client.call("POST", f"/organization/{organization}/applications/{client_id}/tokens", body)
    assert response.status_code == 200, response.text
    token: dict[str, str] = response.json()
    return token
