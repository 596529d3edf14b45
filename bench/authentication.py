"""Who the benchmark is: anonymous, Basic, or a Bearer token fetched as the registry's challenge asks."""

import base64
import json
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.errors import BenchError, UnexpectedAnswer
from bench.wire import Answer, Connection, Endpoint, path_of

MODES = ("auto", "basic")
DEFAULT_TOKEN_SECONDS = 60
RENEW_AT = 0.8


@dataclass(frozen=True, slots=True)
class Account:
    """Name and password of a user of the registry."""

    name: str
    password: str

    @property
    def basic(self) -> str:
        """Value of an Authorization header of kind Basic."""
        return "Basic " + base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a 401 answer asks for: the scheme in lower case and its parameters."""

    scheme: str
    parameters: dict[str, str]


def parse_challenge(header: str) -> Challenge:
    """Read a WWW-Authenticate header."""
    scheme, _, rest = header.strip().partition(" ")
    return Challenge(scheme.lower(), dict(re.findall(r'(\w+)="([^"]*)"', rest)))


class Authenticator:
    """Gives the Authorization header for a set of repositories and renews tokens before they end.

    `auto` follows the challenge of `GET /v2/`; `basic` sends the password with every request.
    """

    def __init__(self, endpoint: Endpoint, account: Account | None, mode: str = "auto") -> None:
        self._endpoint = endpoint
        self._account = account
        self._mode = mode
        self._challenge: Challenge | None = None
        self._asked = False
        self._headers: dict[tuple[str, ...], tuple[str, float]] = {}

    def header(self, repositories: tuple[str, ...]) -> str:
        """Value of the Authorization header, empty when none is needed."""
        known = self._headers.get(repositories)
        if known and time.monotonic() < known[1]:
            return known[0]
        value, seconds = self._obtain(repositories)
        self._headers[repositories] = value, time.monotonic() + seconds * RENEW_AT
        return value

    def forget(self) -> None:
        """Make the next request fetch a fresh token."""
        self._headers.clear()

    def _obtain(self, repositories: tuple[str, ...]) -> tuple[str, float]:
        basic = self._account.basic if self._account else ""
        if self._mode == "basic":
            return basic, 3600
        if not self._asked:
            self._challenge = self._ask_challenge()
            self._asked = True
        if self._challenge is None or self._challenge.scheme == "basic":
            return basic, 3600
        if self._challenge.scheme != "bearer":
            raise BenchError(f"the registry asks for authentication of an unknown kind: {self._challenge.scheme!r}")
        return self._fetch_token(self._challenge.parameters, repositories, basic)

    def _ask_challenge(self) -> Challenge | None:
        with Connection(self._endpoint) as connection:
            answer = connection.ask(_get(self._endpoint, "/v2/", ""))
        answer.require(200, 401)
        return None if answer.status == 200 else parse_challenge(answer.headers.get("www-authenticate", ""))

    def _fetch_token(self, parameters: dict[str, str], repositories: tuple[str, ...], basic: str) -> tuple[str, float]:
        realm = parameters.get("realm", "")
        query = [("scope", f"repository:{repository}:pull,push") for repository in repositories]
        if "service" in parameters:
            query.insert(0, ("service", parameters["service"]))
        if self._account:
            query.append(("account", self._account.name))
        endpoint = Endpoint.of(realm)
        with Connection(endpoint) as connection:
            answer = connection.ask(_get(endpoint, f"{path_of(realm)}?{urlencode(query)}", basic)).require(200)
        return _token_of(answer)


def _token_of(answer: Answer) -> tuple[str, float]:
    body = json.loads(answer.body)
    token = body.get("token") or body.get("access_token")
    if not token:
        raise UnexpectedAnswer("the token service answered without a token")
    return f"Bearer {token}", float(body.get("expires_in") or DEFAULT_TOKEN_SECONDS)


def _get(endpoint: Endpoint, path: str, authorization: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {endpoint.authority}"]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
