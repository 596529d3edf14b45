"""The source files of the project as the house tests look at them: parsed, with the module's name and its room."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "platform",
    "accounts",
    "access",
    "audit",
    "repositories",
    "registry",
    "layers",
    "squash",
    "scanning",
    "builds",
    "apps",
    "mirroring",
    "administration",
    "notifications",
)


@dataclass(frozen=True)
class SourceFile:
    """One Python file of the checkout."""

    path: Path

    @property
    def where(self) -> str:
        """Its path within the checkout, for messages."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.where)

    @property
    def parts(self) -> tuple[str, ...]:
        """The module's name as words: `src/pierhead/access/model/roles.py` is `pierhead access model roles`."""
        path = self.path.relative_to(ROOT / "src" if "src" in self.where.split("/")[:1] else ROOT).with_suffix("")
        return path.parts[:-1] if path.name == "__init__" else path.parts

    @property
    def room(self) -> str | None:
        """The room it stands in; None for what stands above the rooms (settings, app, command line)."""
        return self.parts[1] if len(self.parts) > 1 and self.parts[0] == "pierhead" and self.parts[1] in ROOMS else None

    @property
    def furniture(self) -> str | None:
        """Which piece of its room it belongs to: `model`, `tables`, `store`, `api`, `protocol` or a verb's name."""
        return self.parts[2] if self.room and len(self.parts) > 2 else None

    def imports(self) -> Iterator[tuple[int, str]]:
        """Each imported module or name as a dotted word, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    yield node.lineno, f"{node.module}.{alias.name}"


@cache
def source_files(*folders: str) -> tuple[SourceFile, ...]:
    """Every Python file below these folders of the checkout."""
    return tuple(SourceFile(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
