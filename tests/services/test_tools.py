"""A missing program skips its test with a reason, and the run's summary counts it."""

import pytest

from tests.services.tools import count_missing, find_tool, refuse_test, require_tool


def test_a_program_on_the_path_is_found() -> None:
    assert require_tool("sh", package="any system").name == "sh"
    assert find_tool("no-such-program-anywhere") is None


def test_a_missing_program_skips_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIERHEAD_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"needs the tool no-such-program \(Debian: nothing\)"):
        require_tool("no-such-program", package="Debian: nothing")


def test_a_missing_program_fails_where_tools_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIERHEAD_REQUIRE_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match="needs the tool"):
        require_tool("no-such-program", package="Debian: nothing")


def test_the_summary_counts_skipped_tests_by_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIERHEAD_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception) as skipped:
        refuse_test("skopeo", package="Debian: skopeo")

    reasons = [f"Skipped: {skipped.value}", f"Skipped: {skipped.value}", "Skipped: another reason"]

    assert count_missing(reasons) == {("skopeo", "Debian: skopeo"): 2}
