"""A browser's way to an OpenID Connect provider and back."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from httpx2 import Response

from pierhead.access.backends.registry import open_providers
from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.issuers import Issuers
from pierhead.accounts.users import get_user, set_enabled
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import UnitOfWork
from pierhead.platform.outbound.http import OutboundHttp
from pierhead.settings import OidcSettings, OutboundSettings, SigninSettings
from tests.access.builders import ApiClient
from tests.services.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider


def open_company(provider: OidcProvider, signin: SigninSettings | None = None, **changes: Any) -> ExternalSignIn:
    """Sign-in at the provider, which is called `company`."""
    issuers = Issuers(OutboundHttp(OutboundSettings(allowed_hosts=("127.0.0.1",))), allow_http=True)
    options = OidcSettings(**{"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **changes})
    return ExternalSignIn(
        options=signin or SigninSettings(), provider_issuers=issuers, providers=open_providers({"company": options}, issuers)
    )


def begin(client: ApiClient, kind: str = "login") -> str:
    """Ask where to go."""
    client.fetch_csrf_token()
    answer = client.call("POST", "/externallogin/company", {"kind": kind})
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["auth_url"]
    return url


def visit(url: str) -> str:
    """What a browser does at the provider, who signs everybody in at once: the address that it is sent back to."""
    answer = httpx2.get(url, follow_redirects=False, trust_env=False)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def come_back(client: ApiClient, address: str) -> Response:
    assert address.startswith("http://registry.example.com/oauth2/company/callback")
    answer: Response = client.http.get(address, follow_redirects=False)
    return answer


def sign_in(client: ApiClient) -> Response:
    """The whole journey."""
    return come_back(client, visit(begin(client)))


def why(answer: Response) -> str:
    """The reason on the page that a refused person is sent to."""
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    assert parts.path == "/oauth-error"
    return parse_qs(parts.query)["error_description"][0]


def me(client: ApiClient) -> dict[str, Any]:
    answer = client.get("/user/")
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return found


def disable_ada(work: UnitOfWork) -> None:
    set_enabled(work, SYSTEM, get_user(work, "ada"), enabled=False)
