"""`/v2/auth`: hand out bearer tokens (registry-protocol 3)."""

from urllib.parse import parse_qsl

from pierhead.access.model.identity import ANONYMOUS, Identity
from pierhead.platform.errors import TooLarge, Unauthenticated
from pierhead.registry.authorize import LoginRequired
from pierhead.registry.grant_token import grant_scopes, spell_out
from pierhead.registry.model.scopes import Scopes, parse_scopes
from pierhead.registry.protocol.credentials import client_address, parse_basic, service_name
from pierhead.registry.protocol.request import Request, RequestInvalid
from pierhead.registry.protocol.services import RegistryServices

_MAXIMUM_FORM = 64 * 1024


async def issue_token(services: RegistryServices, request: Request) -> None:
    """GET with Basic, or POST with an OAuth2 form: a token with what was asked, cut down to what the caller may do."""
    form = await _form(request) if request.method == "POST" else {}
    asked = form.get("scope", []) if request.method == "POST" else request.parameters("scope")
    identity = await _identify(services, request, form)
    service = service_name(services, request)
    wanted = (form.get("service") or request.parameters("service") or [""])[0]
    if wanted and wanted.lower() != service:
        raise RequestInvalid(f"The service '{wanted[:100]}' is not served here.", detail={"service": wanted[:100]})
    scopes = parse_scopes(asked, host=service)
    if identity.is_anonymous and not scopes.repositories:
        raise LoginRequired
    await _respond(services, request, identity, scopes, service)


async def _respond(services: RegistryServices, request: Request, identity: Identity, scopes: Scopes, service: str) -> None:
    asked = spell_out(scopes.repositories, services.repository_name)
    granted = await services.database.read(
        grant_scopes, identity, asked, services.repository_name, create_namespaces=services.policy.create_namespaces
    )
    requested = {scope.name: scope.actions for scope in asked}
    signed = await services.signer.sign(identity, requested, granted, service=service, now=services.clock.now())
    answer = {
        "token": signed.token,
        "access_token": signed.token,
        "expires_in": signed.expires_in,
        "issued_at": signed.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    await request.respond_json(200, answer, ((b"cache-control", b"no-store"),))


async def _identify(services: RegistryServices, request: Request, form: dict[str, list[str]]) -> Identity:
    address = client_address(request)
    if form:
        grant_type = form.get("grant_type", [""])[0]
        if grant_type != "password":
            raise RequestInvalid("Only the grant type 'password' is supported.", detail={"grant_type": grant_type[:40]})
        return await services.authenticate(form.get("username", [""])[0], form.get("password", [""])[0], address)
    scheme, _, value = request.header(b"authorization").partition(" ")
    if not scheme:
        return ANONYMOUS
    if scheme.lower() != "basic":
        raise Unauthenticated("Only Basic authorization gets a token.")
    username, password = parse_basic(value.strip())
    return await services.authenticate(username, password, address)


async def _form(request: Request) -> dict[str, list[str]]:
    content = await request.read_body(_MAXIMUM_FORM, TooLarge("The form is too large."))
    try:
        fields = parse_qsl(content.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise RequestInvalid("The form cannot be read.") from None
    form: dict[str, list[str]] = {}
    for key, value in fields:
        form.setdefault(key, []).append(value)
    return form
