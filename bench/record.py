"""Everything worth keeping of a run, as it stands in `bench/results/NAME.json`."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.measuring import Measurement
from bench.runner import Results


@dataclass(slots=True)
class ServerFacts:
    """A registry of the run: what it is, and its memory before the first request of the load."""

    version: str = "unknown"
    rest_mib: float | None = None


@dataclass(slots=True)
class Record:
    """One run. The first of `servers` is the one that the others are compared to."""

    started_at: str
    command: str
    machine: dict[str, Any]
    load: dict[str, Any]
    runs: int
    servers: dict[str, ServerFacts]
    results: Results = field(default_factory=dict)
    duration_seconds: float = 0
    load_before: float = 0

    def measurement(self, phase: str, server: str) -> Measurement | None:
        return self.results.get(phase, {}).get(server)

    def peak_mib(self, server: str) -> float | None:
        """Highest memory of a registry in any phase."""
        peaks = [found.peak_mib for phase in self.results if (found := self.measurement(phase, server)) and found.peak_mib]
        return max(peaks, default=None)

    def save(self, path: Path) -> None:
        values = asdict(self)
        values["results"] = {
            phase: {server: measurement.as_json() for server, measurement in servers.items()} for phase, servers in self.results.items()
        }
        path.write_text(json.dumps(values, indent=1) + "\n")

    @classmethod
    def load_file(cls, path: Path) -> "Record":
        values = json.loads(path.read_text())
        values["servers"] = {name: ServerFacts(**facts) for name, facts in values["servers"].items()}
        values["results"] = {
            phase: {server: Measurement.from_json(found) for server, found in servers.items()}
            for phase, servers in values["results"].items()
        }
        return cls(**values)
