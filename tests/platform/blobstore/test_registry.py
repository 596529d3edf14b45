"""The storage back end is chosen by name."""

from contextlib import closing
from pathlib import Path

import pytest

from pierhead.platform.blobstore.registry import BACKENDS, open_blob_store
from pierhead.platform.errors import ConfigurationError
from pierhead.settings import Settings, StorageSettings


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_every_known_back_end_opens(name: str, tmp_path: Path) -> None:
    store = open_blob_store(Settings(data_dir=tmp_path, storage=StorageSettings(backend=name)))
    with closing(store.open(store.put("a/b", b"bytes"))) as reader:
        assert reader.read(0, 5) == b"bytes"


def test_an_unknown_back_end_is_refused_with_the_known_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'tape' is unknown; known are local, memory"):
        open_blob_store(Settings(data_dir=tmp_path, storage=StorageSettings(backend="tape")))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("a file stands in the way")
    with pytest.raises(ConfigurationError, match="storage"):
        open_blob_store(Settings(data_dir=tmp_path))
