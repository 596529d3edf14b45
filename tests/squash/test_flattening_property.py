"""Whatever layers there are: flattened they make the same file system as unpacked one after the other, by a program that is not ours."""

import hashlib
import os
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.layers.archives import Made, compress, file, folder, hardlink, opaque, pack, symlink, whiteout
from tests.services.images import ImageLayout
from tests.services.tools import refuse_test, require_tool
from tests.squash.flattening import squash

_NAMES = ("a", "b", "c", "a long name " + "n" * 110)
_DEPTH = 3
_EXAMPLES = 60


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a layer: what is in it, which names it hides, and whether it hides all that was there."""

    children: "Mapping[str, Folder | Made]"
    hidden: frozenset[str]
    is_opaque: bool
    mode: int


_modified = st.integers(min_value=1_000_000_000, max_value=1_700_000_000)
_owners = st.sampled_from((0, 1000, 3_000_000))
_leaves: st.SearchStrategy[Made] = st.one_of(
    st.builds(file, st.just(""), st.binary(max_size=1500), st.sampled_from((0o644, 0o4755, 0o600)), user=_owners, modified=_modified),
    st.builds(file, st.just(""), st.just(b"same"), records=st.just({"SCHILY.xattr.user.word": "value"})),
    st.builds(symlink, st.just(""), st.sampled_from(("a", "../b", "/c", "nowhere"))),
    st.builds(Made, st.just(""), kind=st.just(tarfile.CHRTYPE), device=st.just((1, 3))),
    st.builds(Made, st.just(""), kind=st.just(tarfile.FIFOTYPE)),
    st.builds(hardlink, st.just(""), st.integers(0, 5).map(str)),
)


def _folders(depth: int) -> st.SearchStrategy[Folder]:
    children = _leaves if depth == 0 else st.one_of(_leaves, _folders(depth - 1))
    return st.builds(
        Folder,
        st.dictionaries(st.sampled_from(_NAMES), children, max_size=3),
        st.frozensets(st.sampled_from(_NAMES), max_size=2),
        st.sampled_from((False, False, True)),
        st.sampled_from((0o755, 0o700, 0o1777)),
    )


def _list(found: Folder, path: str, files: list[str]) -> Iterator[Made]:
    """The entries of a layer: parents first, hidden names before what takes their place, links behind the files of their layer."""
    if path:
        yield folder(path, found.mode, modified=1_234_567_890)
    if found.is_opaque and path:
        yield opaque(path)
    prefix = f"{path}/" if path else ""
    for name in sorted(found.hidden):
        yield whiteout(prefix + name)
    for name, child in found.children.items():
        if isinstance(child, Folder):
            yield from _list(child, prefix + name, files)
        elif child.kind != tarfile.LNKTYPE:
            if child.kind == tarfile.REGTYPE:
                files.append(prefix + name)
            yield replace(child, path=prefix + name)
        elif files:
            yield replace(child, path=prefix + name, link=files[int(child.link) % len(files)])


def _pack(layer: Folder) -> bytes:
    return pack(*_list(layer, "", []), form=tarfile.PAX_FORMAT)


def _describe(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything about a tree that an image can say."""
    found: dict[str, tuple[object, ...]] = {}
    twins: dict[int, str] = {}
    for place, folders, files in os.walk(root):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = Path(place, name)
            status = path.lstat()
            relative = str(path.relative_to(root))
            kind = stat.S_IFMT(status.st_mode)
            content: object = None
            if kind == stat.S_IFREG:
                content = hashlib.sha256(path.read_bytes()).hexdigest(), twins.setdefault(status.st_ino, relative)
            elif kind == stat.S_IFLNK:
                content = path.readlink()
            attributes = {word: os.getxattr(path, word, follow_symlinks=False) for word in os.listxattr(path, follow_symlinks=False)}
            moment = None if kind == stat.S_IFDIR else int(status.st_mtime)
            found[relative] = (status.st_mode, status.st_uid, status.st_gid, status.st_rdev, moment, content, attributes)
    return found


def _unpack(umoci: Path, folder_: Path, layers: Sequence[bytes]) -> dict[str, tuple[object, ...]]:
    shutil.rmtree(folder_, ignore_errors=True)
    layout = ImageLayout(folder_ / "layout")
    layout.add_image(*layers, tag="it", compressed=False)
    command = [str(umoci), "unpack", "--image", f"{folder_}/layout:it", f"{folder_}/bundle"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return _describe(folder_ / "bundle" / "rootfs")


@pytest.fixture(scope="session")
def umoci() -> Path:
    """The program that unpacks layers in order."""
    program = require_tool("umoci", package="Debian: umoci")
    if os.geteuid() != 0:
        refuse_test("umoci", package="and root, which devices and owners need")
    return program


@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow),
)
@given(layers=st.lists(_folders(_DEPTH - 1), min_size=1, max_size=4))
def test_flattened_layers_make_the_same_file_system_as_layers_unpacked_in_order(umoci: Path, tmp_path: Path, layers: list[Folder]) -> None:
    archives = [_pack(layer) for layer in layers]
    packed = [compress(archive, ("gzip", "zstd", "nothing")[number % 3]) for number, archive in enumerate(archives)]

    flattened = squash(*packed)

    assert _unpack(umoci, tmp_path / "one", [flattened]) == _unpack(umoci, tmp_path / "all", archives)
