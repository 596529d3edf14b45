"""`/c1/squash/<namespace>/<repository>/<tag>`: bare ASGI, as the registry's own protocol (squash, section 1)."""

import asyncio
from dataclasses import dataclass

from pierhead.platform.clock import to_milliseconds
from pierhead.platform.errors import PierheadError, Unauthenticated, Unavailable
from pierhead.registry.model.errors import ManifestUnknown
from pierhead.registry.model.names import TagName, is_tag_name
from pierhead.registry.model.ranges import ByteRange, parse_download_range
from pierhead.registry.protocol.blobs import matches
from pierhead.registry.protocol.bodies import send_blob, wait_until_gone
from pierhead.registry.protocol.credentials import identify, service_name
from pierhead.registry.protocol.errors import respond_error
from pierhead.registry.protocol.paths import Route, Target
from pierhead.registry.protocol.request import ClientGone, Headers, MethodNotAllowed, Receive, Request, RequestInvalid, Scope, Send
from pierhead.registry.protocol.services import RegistryServices
from pierhead.repositories.model import NamespaceDisabled
from pierhead.squash import cache
from pierhead.squash.elsewhere import MakerLost, ProductionElsewhere
from pierhead.squash.find_squashed import FoundSquash, Wanted, find_squashed
from pierhead.squash.model.archive import make_id
from pierhead.squash.model.cache import CachedSquash
from pierhead.squash.production import Production
from pierhead.squash.productions import Productions

PREFIX = "/c1/squash/"
_VERB = "squash"
_PIECE_BYTES = 1024 * 1024
_LOOK_AGAIN_SECONDS = 0.1
_PRESIGNED_SECONDS = 20 * 60
_TYPE = "application/octet-stream"
_LONGEST_PLATFORM = 100


class StreamBroken(Exception):
    """The image could not be finished after its first byte was sent; only breaking off tells the client."""


@dataclass(frozen=True, slots=True)
class SquashServices:
    """What the application works with: the registry's services, and the images that are being made."""

    registry: RegistryServices
    productions: Productions


class SquashApplication:
    """Serves every path that begins with `/c1/squash/`."""

    def __init__(self, services: SquashServices) -> None:
        self._services = services.registry
        self._productions = services.productions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, tag = str(scope["path"]).removeprefix(PREFIX).rpartition("/")
        request = Request(scope, receive, send, Target(Route.MANIFEST, name, tag))
        try:
            await self._serve(request)
        except NamespaceDisabled as error:
            # Unlike under `/v2` this is a bad request.
            await respond_error(request, RequestInvalid(error.message, detail=error.detail), [])
        except PierheadError as error:
            headers = [(b"www-authenticate", b'Basic realm="Pierhead"')] if isinstance(error, Unauthenticated) else []
            await respond_error(request, error, headers)
        except ClientGone:
            return

    async def _serve(self, request: Request) -> None:
        request.caller = await identify(self._services, request)
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed
        if not is_tag_name(request.target.reference):
            raise ManifestUnknown(request.target.reference[:200])
        wanted = Wanted(
            self._services.repository_name(request.target.name),
            TagName(request.target.reference),
            _platform(request),
            service_name(self._services, request),
        )
        found = await self._services.database.read(find_squashed, request.caller, wanted)
        headers = _headers(found, wanted)
        if matches(request.header(b"if-none-match"), _etag(found)):
            await request.respond_empty(304, headers)
        else:
            await self._send(request, found, headers)

    async def _send(self, request: Request, found: FoundSquash, headers: Headers) -> None:
        entry, now_ms = found.entry, to_milliseconds(self._services.clock.now())
        if entry is not None and entry.storage_key is not None:
            await self._send_cached(request, found, entry, headers)
        elif entry is not None and cache.is_being_made(entry, now_ms) and not self._productions.is_making(found.image, found.name):
            await self._send_from_elsewhere(request, found, entry, headers)
        else:
            await self._send_new(request, found, headers)

    async def _send_cached(self, request: Request, found: FoundSquash, entry: CachedSquash, headers: Headers) -> None:
        services = self._services
        size, key = entry.size_bytes, entry.storage_key or ""
        headers = (*headers, (b"accept-ranges", b"bytes"))
        if request.method == "HEAD":
            await _send_head(request, headers, size)
            return
        span = _requested_span(request, size, _etag(found))
        await self._note(request, found, entry, is_start=span is None or span.start == 0)
        address = services.blobs.presign(key, seconds=_PRESIGNED_SECONDS, content_type=_TYPE)
        if address is not None:
            await request.respond_empty(302, ((b"location", address.encode()),))
            return
        reader = await services.in_thread(services.blobs.open, key)
        try:
            if span is None:
                await send_blob(services, request, reader, ByteRange(0, size - 1), 200, headers)
            else:
                place = (b"content-range", b"bytes %d-%d/%d" % (span.start, span.end, size))
                await send_blob(services, request, reader, span, 206, (*headers, place))
        finally:
            reader.close()

    async def _send_new(self, request: Request, found: FoundSquash, headers: Headers) -> None:
        """Follow the image while it is made. The size is known before the first byte, so a client notices what breaks off."""
        with self._productions.follow(found.image, found.name) as production:
            await production.planned.wait_for_end()
            if production.failure is not None:
                raise production.failure
            if production.size_bytes == 0:
                raise Unavailable("The image could not be made now. Please try again.")
            if request.method == "HEAD":
                await _send_head(request, headers, production.size_bytes)
                return
            await self._note(request, found, None, is_start=True)
            await request.start(200, (*headers, (b"content-length", b"%d" % production.size_bytes)))
            await self._follow(request, production)

    async def _follow(self, request: Request, production: Production) -> None:
        position, size = 0, production.size_bytes
        gone = asyncio.ensure_future(wait_until_gone(request))
        try:
            while position < size:
                is_there = await production.progress.wait_beyond(position)
                if gone.done():
                    raise ClientGone
                piece = await self._read(production, position) if is_there else b""
                if not piece:
                    raise StreamBroken("the squashed image could not be finished")
                position += len(piece)
                if position == size:
                    # Whoever has it all may rely on the next one finding it in the cache.
                    await production.progress.wait_for_end()
                await request.send_piece(piece, more=position < size)
        finally:
            gone.cancel()

    async def _read(self, production: Production, position: int) -> bytes:
        """Some of the bytes that are there; from memory for whoever keeps up."""
        recent = production.progress.find_recent(position)
        if recent is not None:
            return recent
        length = min(_PIECE_BYTES, production.progress.available_bytes - position)
        return await self._services.in_thread(production.read, position, length)

    async def _send_from_elsewhere(self, request: Request, found: FoundSquash, entry: CachedSquash, headers: Headers) -> None:
        """Follow what another process makes; a second one would only do the same work."""
        if request.method == "HEAD":
            await _send_head(request, headers, entry.size_bytes)
            return
        await self._note(request, found, None, is_start=True)
        await request.start(200, (*headers, (b"content-length", b"%d" % entry.size_bytes)))
        elsewhere = ProductionElsewhere(self._services.database, self._services.blobs, entry)
        position, gone = 0, asyncio.ensure_future(wait_until_gone(request))
        try:
            while position < entry.size_bytes:
                piece = await self._services.in_thread(elsewhere.read, position, min(_PIECE_BYTES, entry.size_bytes - position))
                if gone.done():
                    raise ClientGone
                if piece:
                    position += len(piece)
                    await request.send_piece(piece, more=position < entry.size_bytes)
                else:
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except MakerLost as error:
            raise StreamBroken("the process that made the squashed image is gone") from error
        finally:
            gone.cancel()

    async def _note(self, request: Request, found: FoundSquash, entry: CachedSquash | None, *, is_start: bool) -> None:
        """Count the pull, unless it only goes on with an earlier one; and remember that the entry is used."""
        services, repository, caller = self._services, found.image.repository, request.caller
        if is_start:
            services.pulls.count(
                repository.namespace_id,
                repository.id,
                request.target.reference,
                found.digest,
                caller.identity,
                caller.address,
                verb=_VERB,
            )
        now_ms = to_milliseconds(services.clock.now())
        if entry is not None and not services.limits.read_only and cache.is_use_worth_noting(entry, now_ms):
            await services.database.write(cache.note_use, entry)


async def _send_head(request: Request, headers: Headers, size: int) -> None:
    await request.start(200, (*headers, (b"content-length", b"%d" % size)))
    await request.send_piece(b"", more=False)


def _platform(request: Request) -> str | None:
    """The wanted platform. Raises RequestInvalid."""
    text = request.parameter("platform")
    if not text:
        return None
    if len(text) > _LONGEST_PLATFORM or text.count("/") not in (1, 2) or not text.isascii():
        raise RequestInvalid("The platform cannot be read: write os/architecture or os/architecture/variant, such as linux/arm64.")
    return text


def _etag(found: FoundSquash) -> bytes:
    return b'"' + make_id(found.image.manifest.sha256, found.name).encode() + b'"'


def _headers(found: FoundSquash, wanted: Wanted) -> Headers:
    file = f"{wanted.repository.rpartition('/')[2]}-{wanted.tag}.tar"
    return (
        (b"content-type", _TYPE.encode()),
        (b"docker-content-digest", found.digest.encode()),
        (b"content-disposition", f'attachment; filename="{file}"'.encode()),
        (b"etag", _etag(found)),
        (b"cache-control", b"private, no-cache"),
    )


def _requested_span(request: Request, size: int, etag: bytes) -> ByteRange | None:
    header, condition = request.header(b"range"), request.header(b"if-range")
    if not header or (condition and condition != etag.decode()):
        return None
    return parse_download_range(header, size)
