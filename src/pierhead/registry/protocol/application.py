"""The ASGI application under `/v2/`: path to operation, caller to rights, error to answer."""

import re
from collections.abc import Awaitable, Callable

from pierhead.accounts.model.quotas import NamespaceFull
from pierhead.platform.errors import PierheadError
from pierhead.registry.authorize import LoginRequired
from pierhead.registry.model.errors import ChunkOutOfOrder, PushesDisabled, RegistryReadOnly, UpstreamUnknown
from pierhead.registry.protocol import blobs, lists, manifests, tokens, uploads
from pierhead.registry.protocol.credentials import challenge, identify, service_name
from pierhead.registry.protocol.errors import respond_error
from pierhead.registry.protocol.paths import Route, Target, parse_path
from pierhead.registry.protocol.request import ClientGone, ClientTooOld, MethodNotAllowed, Receive, Request, Scope, Send
from pierhead.registry.protocol.services import RegistryServices
from pierhead.repositories.quotas import note_refusal

Handler = Callable[[RegistryServices, Request], Awaitable[None]]

_PREFIX = "/v2/"
_DOCKER_VERSION = re.compile(r"docker/([0-9]{1,4})\.([0-9]{1,4})", re.ASCII)
_FIRST_DOCKER = (1, 6)


async def _answer_base(_services: RegistryServices, request: Request) -> None:
    """GET /v2/: is the protocol spoken here, and are the credentials good?"""
    version = _DOCKER_VERSION.match(request.header(b"user-agent"))
    if version is not None and (int(version[1]), int(version[2])) < _FIRST_DOCKER:
        raise ClientTooOld
    if request.caller.token is None and request.caller.identity.is_anonymous:
        raise LoginRequired
    await request.respond(200, ((b"content-type", b"application/json"),), b"true")


_HANDLERS: dict[Route, dict[str, Handler]] = {
    Route.BASE: {"GET": _answer_base},
    Route.AUTH: {"GET": tokens.issue_token, "POST": tokens.issue_token},
    Route.CATALOG: {"GET": lists.list_catalog},
    Route.TAGS: {"GET": lists.list_tags},
    Route.REFERRERS: {"GET": lists.list_referrers},
    Route.MANIFEST: {"GET": manifests.read_manifest, "PUT": manifests.write_manifest, "DELETE": manifests.delete_manifest},
    Route.BLOB: {"GET": blobs.read_blob, "DELETE": blobs.delete_blob},
    Route.UPLOADS: {"POST": uploads.start_upload},
    Route.UPLOAD: {
        "GET": uploads.show_upload,
        "PATCH": uploads.continue_upload,
        "PUT": uploads.finish_upload,
        "DELETE": uploads.cancel_upload,
    },
}


class RegistryApplication:
    """Serves every path that begins with `/v2/`."""

    def __init__(self, services: RegistryServices) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        target = parse_path(path.removeprefix(_PREFIX)) if path != "/v2" else Target(Route.BASE)
        request = Request(scope, receive, send, target or Target(Route.BASE))
        try:
            await self._serve(request, known=target is not None)
        except PierheadError as error:
            headers = challenge(self._services, request, error)
            if isinstance(error, ChunkOutOfOrder):
                headers += uploads.progress_headers(request, error)
            await respond_error(request, error, headers)
            if isinstance(error, NamespaceFull):
                await self._services.database.write(note_refusal, error, request.caller.identity, address=request.caller.address)
        except ClientGone:
            return

    async def _serve(self, request: Request, *, known: bool) -> None:
        if request.target.route is not Route.AUTH:
            request.caller = await identify(self._services, request)
        if not known:
            await request.respond_json(404, {"errors": [{"code": "UNSUPPORTED", "message": "There is no such operation.", "detail": {}}]})
            return
        method = "GET" if request.method == "HEAD" else request.method
        handler = _HANDLERS[request.target.route].get(method)
        if handler is None:
            raise MethodNotAllowed
        if method != "GET" and request.target.route is not Route.AUTH:
            self._check_open(method)
        if b"ns=" in request.scope["query_string"] and request.target.name:
            self._check_upstream(request)
        await handler(self._services, request)

    def _check_open(self, method: str) -> None:
        """Raises RegistryReadOnly and PushesDisabled."""
        limits = self._services.limits
        if limits.read_only:
            raise RegistryReadOnly
        if method != "DELETE" and not limits.pushes:
            raise PushesDisabled

    def _check_upstream(self, request: Request) -> None:
        """Raises UpstreamUnknown for a request to the cache of another registry: none is kept. Our own name is no other registry."""
        upstream = request.parameter("ns")
        if upstream and upstream.lower() != service_name(self._services, request):
            raise UpstreamUnknown(upstream)
