"""Run the OCI conformance suite and print its verdicts as Markdown, for the documentation: `python -m tests.conformance`."""

import sys
import tempfile
from pathlib import Path

from tests.conformance.suite import USER, VERSIONS, run_suite
from tests.services.server import PierheadServer


def print_verdicts() -> int:
    """The exit status is 1 when a check failed."""
    failures = 0
    with tempfile.TemporaryDirectory(prefix="pierhead-conformance-") as folder, PierheadServer(Path(folder) / "server") as server:
        server.create_user(USER)
        for version in VERSIONS:
            results_folder = Path(folder) / version
            results_folder.mkdir()
            results = run_suite(server, version, results_folder)
            failures += len(results.failures)
            sys.stdout.write(f"## OCI_VERSION={version}\n\n{results.as_table()}\n\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(print_verdicts())
