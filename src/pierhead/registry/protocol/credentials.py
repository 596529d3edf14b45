"""Who sends a request, and what a refused one is told to show (registry-protocol 2, 3.5)."""

import base64
import binascii
from urllib.parse import urlsplit

from pierhead.access.model.errors import InvalidToken
from pierhead.access.model.identity import IdentityKind
from pierhead.platform.clock import to_milliseconds
from pierhead.platform.errors import PierheadError, Unauthenticated
from pierhead.registry.authorize import Caller
from pierhead.registry.protocol.errors import challenge_reason
from pierhead.registry.protocol.paths import Route
from pierhead.registry.protocol.request import Request, RequestInvalid
from pierhead.registry.protocol.services import RegistryServices

_MAXIMUM_BASIC = 16 * 1024
_READS = frozenset(("GET", "HEAD"))


async def identify(services: RegistryServices, request: Request) -> Caller:
    """The caller. Raises Unauthenticated for credentials that are there but wrong; nothing shown is an anonymous caller."""
    header = request.header(b"authorization")
    address = client_address(request)
    if not header:
        return Caller(address=address)
    scheme, _, value = header.partition(" ")
    scheme, value = scheme.lower(), value.strip()
    if scheme == "bearer":
        now_seconds = to_milliseconds(services.clock.now()) / 1000
        service = service_name(services, request)
        token = services.signer.find_cached(value, service=service, now_seconds=now_seconds)
        if token is None:
            token = await services.signer.verify(value, service=service, now_seconds=now_seconds)
        if token.identity.kind is IdentityKind.OAUTH_TOKEN:
            await services.confirm(token.identity)
        return Caller(token.identity, token, address, services.policy.create_namespaces)
    if scheme == "basic":
        username, password = parse_basic(value)
        identity = await services.authenticate(username, password, address)
        return Caller(identity, None, address, services.policy.create_namespaces)
    raise InvalidToken("Only Bearer and Basic authorization are understood.")


def parse_basic(value: str) -> tuple[str, str]:
    """User name and password. Raises Unauthenticated."""
    try:
        if len(value) > _MAXIMUM_BASIC:
            raise ValueError
        username, separator, password = base64.b64decode(value, validate=True).decode().partition(":")
        if not separator:
            raise ValueError
    except (ValueError, binascii.Error):
        raise Unauthenticated("The Basic authorization cannot be read.") from None
    return username, password


def client_address(request: Request) -> str:
    """The address of the client, as the server (or a trusted proxy) tells it."""
    client = request.scope.get("client")
    return str(client[0]) if client else ""


def service_name(services: RegistryServices, request: Request) -> str:
    """The audience of tokens: the host under which the client reached the server, or of the public address."""
    if services.public_url:
        return urlsplit(services.public_url).netloc
    return request.header(b"host").lower()[:255]


def base_url(services: RegistryServices, request: Request) -> str:
    """Where the client reaches the server."""
    return services.public_url or f"{request.scope.get('scheme', 'http')}://{service_name(services, request)}"


def challenge(services: RegistryServices, request: Request, error: PierheadError) -> list[tuple[bytes, bytes]]:
    """The `WWW-Authenticate` header of a refusal; empty for other errors."""
    if not isinstance(error, Unauthenticated):
        return []
    fields = [f'realm="{base_url(services, request)}/v2/auth"', f'service="{service_name(services, request)}"']
    scope = _needed_scope(request)
    if scope:
        fields.append(f'scope="{scope}"')
    reason = challenge_reason(error, has_token=bool(request.header(b"authorization")))
    if reason:
        fields.append(f'error="{reason}"')
    return [(b"www-authenticate", ("Bearer " + ",".join(fields)).replace("\r", "").replace("\n", "").encode("latin-1", "replace"))]


def _needed_scope(request: Request) -> str:
    target = request.target
    if target.route is Route.CATALOG:
        return "registry:catalog:*"
    if not _is_plain(target.name):
        return ""
    # Uploads are writes whatever the method.
    reads = request.method in _READS and target.route not in (Route.UPLOAD, Route.UPLOADS)
    scope = f"repository:{target.name}:{'pull' if reads else 'pull,push'}"
    if target.route is Route.UPLOADS and request.method == "POST":
        source = _mount_source(request)
        if _is_plain(source):
            scope += f" repository:{source}:pull"
    return scope


def _mount_source(request: Request) -> str:
    try:
        return (request.parameter("from") or "") if request.parameter("mount") else ""
    except RequestInvalid:
        # The caller is refused already; what else is wrong with the request does not matter any more.
        return ""


def _is_plain(name: str) -> bool:
    """Whether the text may stand in a header: the names that a client makes up are checked later than its credentials."""
    return name.isascii() and 0 < len(name) <= 255 and all(character.isalnum() or character in "._-/" for character in name)
