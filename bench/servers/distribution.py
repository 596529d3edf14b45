"""The CNCF distribution registry, the bar for speed: files on disk, deletes on, no authentication, errors only in its log."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.errors import BenchError
from bench.servers.base import HOST, Recipe, run_tool

CONFIGURATION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {root}}}
  delete: {{enabled: true}}
http: {{addr: "{host}:{port}", secret: benchmark}}
"""


class DistributionRecipe(Recipe):
    """`registry serve config.yml`; the program is found on PATH or named."""

    def __init__(self, name: str, program: str) -> None:
        self.name = name
        found = shutil.which(program)
        if not found:
            raise BenchError(
                f"{name}: the program {program} is not there; put it on PATH, name it (--distribution) or build it: "
                "go install github.com/distribution/distribution/v3/cmd/registry@v3.1.1"
            )
        self._program = str(Path(found).absolute())

    def version(self) -> str:
        return run_tool([self._program, "--version"]).rpartition(" ")[2]

    def install(self, home: Path, port: int) -> None:
        (home / "config.yml").write_text(CONFIGURATION.format(root=home / "data", host=HOST, port=port))

    def command(self, home: Path, port: int) -> list[str]:
        return [self._program, "serve", str(home / "config.yml")]

    def environment(self, home: Path) -> Mapping[str, str]:
        return {"OTEL_TRACES_EXPORTER": "none"}  # it would spend CPU on sending traces to nobody
