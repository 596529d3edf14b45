"""Files, functions, names and comments keep to the measures of CONTRIBUTING.md."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.house.source import SourceFile, source_files

MAXIMUM_FILE_LINES = 400
MAXIMUM_FUNCTION_LINES = 60

# Files and functions that may be longer, each with its reason: {"src/pierhead/...py": "why", "src/pierhead/...py::function": "why"}.
ALLOWED: dict[str, str] = {}

_VAGUE_NAMES = ("utils", "util", "helpers", "helper", "common", "misc")
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_BANNER = re.compile(r"#\s*([-=#*_~])\1{3,}")

_FILES = source_files("src", "tests", "bench")


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, (node.end_lineno or first) - first + 1


def _comments(file: SourceFile) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_files_are_short() -> None:
    lengths = [(file.where, len(file.text.splitlines())) for file in _FILES]
    too_long = [f"{where} has {lines} lines" for where, lines in lengths if lines > MAXIMUM_FILE_LINES and where not in ALLOWED]
    assert not too_long, f"at most {MAXIMUM_FILE_LINES} lines; make it a folder of the same name:\n" + "\n".join(too_long)


def test_functions_are_short() -> None:
    too_long = [
        f"{file.where}::{name} has {lines} lines"
        for file in _FILES
        for name, lines in _functions(file.tree)
        if lines > MAXIMUM_FUNCTION_LINES and f"{file.where}::{name}" not in ALLOWED
    ]
    assert not too_long, f"at most {MAXIMUM_FUNCTION_LINES} lines:\n" + "\n".join(too_long)


def test_the_list_of_exceptions_names_only_what_needs_it() -> None:
    long_files = {file.where for file in _FILES if len(file.text.splitlines()) > MAXIMUM_FILE_LINES}
    long_functions = {f"{f.where}::{name}" for f in _FILES for name, lines in _functions(f.tree) if lines > MAXIMUM_FUNCTION_LINES}
    assert not ALLOWED.keys() - long_files - long_functions


def test_every_module_opens_with_one_sentence() -> None:
    wrong = []
    for file in _FILES:
        if not file.text.strip() and file.path.name == "__init__.py":
            continue
        opening = (ast.get_docstring(file.tree) or "").split("\n\n")[0]
        if not opening.endswith((".", "!", "?")):
            wrong.append(f"{file.where}: {opening or 'has no docstring'}")
    assert not wrong, "a module's docstring opens with a sentence that says what the module is for:\n" + "\n".join(wrong)


def test_names_say_what_a_module_is_for() -> None:
    vague = [file.where for file in _FILES for part in file.parts if set(part.split("_")) & set(_VAGUE_NAMES)]
    assert not vague, "name it after what it holds:\n" + "\n".join(vague)


@pytest.mark.parametrize(
    "pattern, why",
    [(_UNFINISHED, "finish it, or open an issue"), (_BANNER, "a file that needs banners wants to be several files")],
    ids=["no unfinished marks", "no banners"],
)
def test_comments_are_worth_reading(pattern: re.Pattern[str], why: str) -> None:
    found = [f"{file.where}:{line} {text}" for file in _FILES for line, text in _comments(file) if pattern.search(text)]
    assert not found, f"{why}:\n" + "\n".join(found)
