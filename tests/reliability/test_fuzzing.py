"""Odd names, digests, ranges, headers, tokens and manifests are answered properly."""

from pathlib import Path

import pytest

from tests.reliability.fuzzing import Fuzzer
from tests.services.server import PierheadServer

_EXAMPLES = 400


@pytest.mark.e2e
@pytest.mark.slow
def test_odd_requests_never_fail_the_server(server_url: str | None, tmp_path: Path) -> None:
    with PierheadServer(tmp_path, database_url=server_url) as server:
        server.create_user("ada")
        fuzzer = Fuzzer(server)
        try:
            fuzzer.run(_EXAMPLES)
        finally:
            fuzzer.close()
