"""Running the OCI conformance suite against a server."""

import os
import subprocess
from pathlib import Path

from tests.conformance.results import Results, read_results
from tests.services.go_tools import require_conformance_suite
from tests.services.server import PASSWORD, PierheadServer

USER = "conformance"
VERSIONS = ("1.1", "dev")
_SECONDS = 240

# Stated although most are the suite's defaults, so that a later version of the suite cannot quietly leave something out.
_SWITCHES = {
    "OCI_API_BLOBS_ATOMIC": "true",
    "OCI_API_BLOBS_DELETE": "true",
    "OCI_API_BLOBS_DIGEST_HEADER": "true",
    "OCI_API_BLOBS_MOUNT_ANONYMOUS": "true",
    "OCI_API_MANIFESTS_ATOMIC": "true",
    "OCI_API_MANIFESTS_DELETE": "true",
    "OCI_API_MANIFESTS_DIGEST_HEADER": "true",
    "OCI_API_TAGS_ATOMIC": "true",
    "OCI_API_TAGS_DELETE": "true",
    "OCI_API_TAGS_LIST": "true",
    "OCI_API_REFERRER": "true",
    "OCI_DATA_NONDISTRIBUTABLE": "true",
    "OCI_DATA_EMPTY_BLOB": "true",
    "OCI_DATA_SHA512": "true",
}


def run_suite(server: PierheadServer, version: str, folder: Path) -> Results:
    """Run it as the account USER, which must exist; it writes report.html and more into the folder."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OCI_")},
        **_SWITCHES,
        "OCI_VERSION": version,
        "OCI_REGISTRY": server.address,
        "OCI_TLS": "disabled",
        "OCI_REPO1": f"{USER}/one-{version}",
        "OCI_REPO2": f"{USER}/two-{version}",
        "OCI_USERNAME": USER,
        "OCI_PASSWORD": PASSWORD,
        "OCI_RESULTS_DIR": str(folder),
    }
    # Its exit status says no more than the results do: it is 1 when anything is not Pass.
    done = subprocess.run(
        [str(require_conformance_suite())],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if not (folder / "report.html").exists():
        raise AssertionError(f"the suite wrote no results:\n{done.stdout[-4000:]}")
    return read_results(folder)
