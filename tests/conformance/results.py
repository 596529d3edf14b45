"""What a run of the OCI conformance suite found, read from the files it writes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

_ROOT = "OCI Conformance Test/"
# The suite's own words, as they stand in results.yaml and in the status attribute of junit.xml.
_PASSED = "passed"
_SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check that did not simply pass."""

    name: str
    status: str
    reason: str

    def __str__(self) -> str:
        return f"{self.status}: {self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Results:
    """The outcome of a run: every check, and the suite's verdict on each part of the interface and each kind of content."""

    passed: int
    others: tuple[Check, ...]
    parts: Mapping[str, str]

    @property
    def failures(self) -> list[Check]:
        """What failed, or could not be judged."""
        return [check for check in self.others if check.status != _SKIPPED]

    @property
    def skips(self) -> list[Check]:
        """What the suite left out, because the registry lacks it or because the configuration says so."""
        return [check for check in self.others if check.status == _SKIPPED]

    @property
    def parts_not_passed(self) -> dict[str, str]:
        """The parts whose verdict is another than Pass."""
        return {part: verdict for part, verdict in self.parts.items() if verdict != "Pass"}

    def summary(self) -> str:
        """One line of figures, then a line for each part that was not asked for and for each kind of skip."""
        reasons = Counter(check.reason for check in self.skips)
        figures = f"{self.passed} checks passed, {len(self.failures)} failed, {len(self.skips)} skipped"
        off = [f"  not asked for: {part}" for part, verdict in self.parts.items() if verdict == "Disabled"]
        return "\n".join([figures, *off, *(f"  skipped {count}: {reason}" for reason, count in reasons.items())])

    def as_table(self) -> str:
        """Markdown: the verdicts, then the skips with their reasons."""
        lines = [
            f"{self.passed} checks passed, {len(self.failures)} failed, {len(self.skips)} skipped.",
            "",
            "| part | verdict |",
            "|---|---|",
        ]
        lines += [f"| {part} | {verdict} |" for part, verdict in self.parts.items()]
        if self.skips:
            lines += ["", "| skipped | why |", "|---|---|", *(f"| {check.name} | {check.reason} |" for check in self.skips)]
        return "\n".join(lines)


def read_results(folder: Path) -> Results:
    """Read what the suite wrote into its results folder."""
    cases = ET.parse(folder / "junit.xml").iter("testcase")
    passed, others = 0, []
    for case in cases:
        status = case.get("status", "unknown")
        if status == _PASSED:
            passed += 1
        else:
            others.append(Check(case.get("name", "").removeprefix(_ROOT), status, _reason(case)))
    return Results(passed, tuple(others), dict(_read_verdicts(folder / "results.yaml")))


def _reason(case: ET.Element) -> str:
    """The error when there is one; for a check that was switched off, the last line of its output, which names the switch."""
    said = case.findtext("system-out") or case.findtext("system-err") or ""
    lines = [line.strip() for line in said.strip().splitlines()]
    return lines[-1] if lines else "no reason given"


def _read_verdicts(file: Path) -> Iterator[tuple[str, str]]:
    """The entries under `apis:` and `data:` at the end of the file, which are plain `name: verdict` lines."""
    section = ""
    for line in file.read_text().splitlines():
        if not line.startswith(" "):
            section = line.rstrip(":")
        elif section in {"apis", "data"}:
            part, _, verdict = line.strip().rpartition(": ")
            yield part, verdict
