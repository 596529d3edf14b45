"""What each piece of a room may import (ARCHITECTURE.md); the floors themselves are import-linter's contracts."""

from collections.abc import Callable, Iterator

from tests.house.source import ROOMS, SourceFile, source_files

_SQL = ("sqlalchemy", "alembic", "sqlite3", "psycopg")
_WEB = ("starlette", "fastapi", "uvicorn")
_OUTGOING = ("httpx2", "httpcore2", "requests", "urllib3", "aiohttp", "urllib.request", "http.client", "smtplib", "boto3", "botocore")
_IO = (*_SQL, *_WEB, *_OUTGOING, "asyncio", "socket", "subprocess", "threading", "shutil", "tempfile", "os")

# Tables that rooms above may join for permission and listing.
_JOINED = ("repositories", "access", "accounts")
_PRIVATE = ("store", "tables")
_NOT_VERBS = ("model", "tables", "store", "events", "api", "protocol")
_PURE = ("errors", "clock")


def _is_under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def _breaches(breaks: Callable[[SourceFile, str], bool], why: str) -> list[str]:
    files = source_files("src")
    return [f"{file.where}:{line} imports {name}: {why}" for file in files for line, name in file.imports() if breaks(file, name)]


def _report(breaches: list[str]) -> None:
    assert not breaches, "\n" + "\n".join(breaches)


def _target(name: str) -> tuple[str | None, str | None]:
    """The room and the piece of it that an imported name lies in."""
    parts = name.split(".")
    if parts[0] != "pierhead" or len(parts) < 2 or parts[1] not in ROOMS:
        return None, None
    return parts[1], parts[2] if len(parts) > 2 else None


def test_only_the_database_tables_and_stores_import_sql() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        allowed = file.furniture in _PRIVATE or file.parts[1:3] == ("platform", "database") or _is_store_of_platform(file)
        return _is_under(name, *_SQL) and not allowed

    _report(_breaches(breaks, "SQL belongs into the room's store.py or tables.py"))


def _is_store_of_platform(file: SourceFile) -> bool:
    """`platform` has rooms of its own (jobs, outbox), each with its store and tables."""
    return file.room == "platform" and len(file.parts) > 3 and file.parts[3] in _PRIVATE


def test_only_routes_the_protocol_and_the_web_platform_import_the_web_framework() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        allowed = file.furniture in ("api", "protocol") or file.parts[1:3] == ("platform", "web")
        above = file.room is None and file.parts[1:2] in (("app",), ("routes",), ("cli",))
        return _is_under(name, *_WEB) and not allowed and not above

    _report(_breaches(breaks, "HTTP belongs into api/, registry/protocol/ or platform/web/"))


def test_only_outbound_and_the_blob_stores_call_other_machines() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        return _is_under(name, *_OUTGOING) and file.parts[1:3] not in (("platform", "outbound"), ("platform", "blobstore"))

    _report(_breaches(breaks, "outgoing calls go through platform.outbound, which guards private addresses"))


def test_no_room_imports_another_rooms_store() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        room, piece = _target(name)
        return room is not None and room not in (file.room, "platform") and piece == "store" and file.room is not None

    _report(_breaches(breaks, "call a verb of that room; its store is its own"))


def test_another_rooms_tables_are_only_joined_by_stores_and_tables() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        room, piece = _target(name)
        if room is None or room in (file.room, "platform") or piece != "tables" or file.room is None:
            return False
        return room not in _JOINED or file.furniture not in _PRIVATE

    _report(_breaches(breaks, f"only the tables of {', '.join(_JOINED)} may be joined, and only in store or tables"))


def test_a_model_imports_only_models_and_does_no_io() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        if file.furniture != "model":
            return False
        room, piece = _target(name)
        if room == "platform":
            return piece not in _PURE
        return _is_under(name, *_IO) or (room is not None and piece != "model")

    _report(_breaches(breaks, "a model is values and rules: no I/O, no driver, nothing above other models"))


def test_a_store_imports_no_verb() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        room, piece = _target(name)
        return file.furniture in _PRIVATE and room not in (None, "platform") and piece not in (None, "model", *_PRIVATE)

    _report(_breaches(breaks, "a store holds queries; rules are the model's and decisions the verbs'"))


def test_a_route_calls_verbs_and_never_the_store() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        room, piece = _target(name)
        return file.furniture in ("api", "protocol") and room not in (None, "platform") and piece in _PRIVATE

    _report(_breaches(breaks, "a route parses, calls a verb and renders; the query belongs into a verb"))


def test_a_verb_knows_nothing_of_routes() -> None:
    def breaks(file: SourceFile, name: str) -> bool:
        room, piece = _target(name)
        is_verb = file.room not in (None, "platform") and file.furniture is not None and file.furniture not in _NOT_VERBS
        return is_verb and (piece in ("api", "protocol") or (room == "platform" and piece == "web"))

    _report(_breaches(breaks, "verbs are called by routes, not the other way round"))


def test_the_platform_has_no_word_of_containers() -> None:
    words = ("manifest", "repository", "repositories", "docker", "dockerfile", "image", "robot")

    def identifiers(file: SourceFile) -> Iterator[str]:
        yield from file.parts[2:]
        for _, name in file.imports():
            yield name.rpartition(".")[2]

    found = [
        f"{file.where}: {identifier}: the platform knows nothing of containers"
        for file in source_files("src/pierhead/platform")
        for identifier in identifiers(file)
        if set(identifier.lower().split("_")) & set(words)
    ]
    _report(found)
