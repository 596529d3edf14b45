"""Programs that tests run: where they are, and what happens to a test whose program is missing."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]

# Places beside PATH: the checkout's own cache of built tools, daemons, and Debian's folder of PostgreSQL programs.
_PLACES = (str(ROOT / ".tools" / "bin"), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/postgresql/*/bin")
_REASON = re.compile(r"needs the tool (\S+) \((.+)\)$")


def find_tool(name: str) -> Path | None:
    """Where the program is, or None."""
    folders = [os.environ.get("PATH", os.defpath)]
    for place in _PLACES:
        folders += [str(folder) for folder in sorted(Path("/").glob(place.removeprefix("/")), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join(folders))
    return Path(found) if found else None


def require_tool(name: str, *, package: str) -> Path:
    """Where the program is; without it the test is skipped, or fails when PIERHEAD_REQUIRE_TOOLS=1. `package` says what to install."""
    return find_tool(name) or refuse_test(name, package=package)


def refuse_test(name: str, *, package: str) -> NoReturn:
    """Skip the running test for want of a tool, or fail it when PIERHEAD_REQUIRE_TOOLS=1."""
    reason = f"needs the tool {name} ({package})"
    if os.environ.get("PIERHEAD_REQUIRE_TOOLS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def count_missing(reasons: Iterable[str]) -> Counter[tuple[str, str]]:
    """How many skip reasons name each missing (tool, package)."""
    found = (_REASON.search(reason) for reason in reasons)
    return Counter((match[1], match[2]) for match in found if match)
