"""Serve the built pages of the web UI, and hand every other path on to the API.

The pages are files made at build time: those under `assets` bear a hash of their content in their name, so browsers keep them for ever.
Every path that is not the server's own is the same page, whose script looks at the address.
"""

from dataclasses import dataclass
from pathlib import Path

from pierhead.platform.web.dispatcher import Application, Receive, Scope, Send

_INDEX = "index.html"
_PACKED_SUFFIX = ".gz"  # made by the build beside each file that packs well
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
    ".json": b"application/json",
    ".txt": b"text/plain; charset=utf-8",
}
_IMMUTABLE = b"public, max-age=31536000, immutable"
_POLICY = b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_SECURITY = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)
_MISSING = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Pierhead</title>
<h1>Pierhead is running</h1>
<p>The registry and its API work. The pages of the web UI are not built in this installation.</p>
<p>From a checkout: install node 20.19 or newer, run <code>make ui</code>, and start the server again.
An installed package brings them along.</p>
<p>API: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a></p>
</html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bytes | None
    headers: tuple[tuple[bytes, bytes], ...]


class UiApplication:
    """`folder` holds the built pages; `server_paths` are the first words of paths that belong to the API behind it."""

    def __init__(self, folder: Path, server_paths: frozenset[str], api: Application) -> None:
        self._server_paths = server_paths
        self._api = api
        self._files = _read(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope["method"], scope["path"])
        if found is None:
            await self._api(scope, receive, send)
        else:
            await _answer(scope, send, found)

    def _find(self, method: str, path: str) -> _File | None:
        if method not in ("GET", "HEAD"):
            return None
        _, _, rest = path.partition("/")
        first = rest.partition("/")[0]
        if first in self._server_paths or (first == "repository" and path.rstrip("/").endswith("/status")):
            return None
        found = self._files.get(rest)
        if found is not None or first == "assets":
            return found
        return self._files[_INDEX]


def _read(folder: Path) -> dict[str, _File]:
    """Every file, once: they are a few hundred kilobytes."""
    files = {
        path.relative_to(folder).as_posix(): _load(path, is_asset=path.parent.name == "assets")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != _PACKED_SUFFIX
    }
    if _INDEX not in files:
        files[_INDEX] = _File(_MISSING, None, ((b"content-type", _TYPES[".html"]), (b"cache-control", b"no-cache"), *_SECURITY))
    return files


def _load(path: Path, *, is_asset: bool) -> _File:
    packed = path.with_name(path.name + _PACKED_SUFFIX)
    headers = (
        (b"content-type", _TYPES.get(path.suffix, b"application/octet-stream")),
        (b"cache-control", _IMMUTABLE if is_asset else b"no-cache"),
        (b"vary", b"accept-encoding"),
        *_SECURITY,
    )
    return _File(path.read_bytes(), packed.read_bytes() if packed.exists() else None, headers)


async def _answer(scope: Scope, send: Send, file: _File) -> None:
    packs = file.packed is not None and any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
    body = file.packed if packs and file.packed is not None else file.content
    headers = [*file.headers, (b"content-length", b"%d" % len(body))]
    if packs:
        headers.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
