"""Blobs as files of one folder.

    blobs/<key>        finished blobs, never changed
    uploads/<name>     unfinished uploads; the state is the name
    temporary/         small blobs on their way to `blobs/`

A blob appears by renaming a file that was flushed to disk, and the folder is flushed after that.
"""

import errno
import fcntl
import os
import stat
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pierhead.platform.blobstore.base import BlobReader, StoredKey, UploadWriter, require_key, require_name
from pierhead.platform.blobstore.direct_io import DirectFile, open_direct
from pierhead.platform.blobstore.errors import BlobMissing, UploadBusy, UploadLost
from pierhead.platform.errors import ConfigurationError, StorageFull, Unavailable

_MAXIMUM_PIECES = os.sysconf("SC_IOV_MAX")
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class LocalBlobStore:
    """Blobs and uploads below `root`, which several processes may share; it must be one file system."""

    minimum_part_bytes = 0

    def __init__(self, root: Path, *, direct_from: int | None = None) -> None:
        """Make the folders. Raises ConfigurationError when that is impossible.

        The part of an upload beyond `direct_from` bytes is written past the page cache; None writes everything through it.
        """
        self._direct_from = direct_from
        self._blobs, self._uploads, self._temporary = (str(root / name) for name in ("blobs", "uploads", "temporary"))
        try:
            for folder in (self._blobs, self._uploads, self._temporary):
                os.makedirs(folder, mode=_FOLDER_MODE, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"The blob folder {root} cannot be used: {error.strerror}.") from error
        self._durable_folders = {self._blobs}
        self._open_folders: dict[str, int] = {}

    def begin_upload(self, name: str) -> str:
        return require_name(name)

    def open_writer(self, state: str, offset: int) -> UploadWriter:
        with _report_full_disk():
            return _LocalUploadWriter(state, self._upload_path(state), offset, direct_from=self._direct_from)

    def read_upload(self, state: str, offset: int, length: int) -> bytes:
        try:
            file = os.open(self._upload_path(state), os.O_RDONLY)
        except FileNotFoundError as error:
            raise UploadLost(state) from error
        try:
            return os.pread(file, length, offset)
        finally:
            os.close(file)

    def commit_upload(self, state: str, size_bytes: int, key: str) -> str:
        source, target = self._upload_path(state), self._blob_path(key)
        with _report_full_disk():
            try:
                # An empty upload was never written to, so it may have no file yet.
                file = os.open(source, os.O_RDWR | (os.O_CREAT if size_bytes == 0 else 0), _FILE_MODE)
            except FileNotFoundError as error:
                raise UploadLost(state) from error
            try:
                # The lock is held until the file has its new name: nobody may write to it after its size was looked at.
                _lock(file, source, state)
                if os.fstat(file).st_size != size_bytes:
                    raise UploadLost(state)
                # The blob begins to be now, however long ago the last byte came.
                os.utime(file)
                os.fsync(file)
                self._publish(source, target)
            finally:
                os.close(file)
        return key

    def abort_upload(self, state: str) -> None:
        _unlink(self._upload_path(state))

    def remove_leftovers(self, *, older_than_seconds: float) -> int:
        # The file system's times come from the machine's clock, so that is the one to compare with.
        before = time.time() - older_than_seconds
        old = [path for folder in (self._uploads, self._temporary) for path in _list_files(folder, before=before)]
        for path in old:
            _unlink(path)
        return len(old)

    def put(self, key: str, content: bytes) -> str:
        target = self._blob_path(key)
        source = f"{self._temporary}/{uuid.uuid4().hex}"
        try:
            with _report_full_disk():
                file = os.open(source, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
                try:
                    _write_all(file, [content])
                    os.fsync(file)
                finally:
                    os.close(file)
                self._publish(source, target)
        except BaseException:
            _unlink(source)
            raise
        return key

    def open(self, key: str) -> BlobReader:
        try:
            file = os.open(self._blob_path(key), os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise BlobMissing(key) from error
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            os.close(file)
            raise BlobMissing(key)
        return _LocalBlobReader(file, status.st_size)

    def size(self, key: str) -> int | None:
        try:
            status = os.stat(self._blob_path(key))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            _unlink(self._blob_path(key))

    def list_keys(self, prefix: str, *, older_than_seconds: float) -> Iterator[StoredKey]:
        before = time.time() - older_than_seconds
        for folder, _, names in os.walk(self._blob_path(prefix)):
            for name in names:
                path = f"{folder}/{name}"
                try:
                    status = os.stat(path, follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if max(status.st_mtime, status.st_ctime) <= before:
                    yield StoredKey(path[len(self._blobs) + 1 :], status.st_size)

    def presign(self, key: str, *, seconds: int, content_type: str) -> str | None:
        return None

    def close(self) -> None:
        while self._open_folders:
            os.close(self._open_folders.popitem()[1])

    def check(self) -> None:
        probe, content = f"probe/{uuid.uuid4().hex}", b"probe"
        try:
            self.put(probe, content)
            reader = self.open(probe)
            try:
                read = reader.read(0, len(content))
            finally:
                reader.close()
            self.delete([probe])
        except OSError as error:
            raise Unavailable(f"The blob folder cannot be written and read: {error.strerror}.") from error
        if read != content:
            raise Unavailable("The blob folder does not give back what was written to it.")

    def _upload_path(self, state: str) -> str:
        return f"{self._uploads}/{require_name(state)}"

    def _blob_path(self, key: str) -> str:
        return f"{self._blobs}/{require_key(key)}"

    def _publish(self, source: str, target: str) -> None:
        """Rename a flushed file to its place, durably."""
        folder = os.path.dirname(target)
        self._make_durable(folder)
        os.replace(source, target)
        os.fsync(self._open_folders.get(folder) or self._open_folder(folder))

    def _open_folder(self, folder: str) -> int:
        """Open a folder to flush it, and keep it open: every blob of a push asks for one of a few hundred again."""
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        known = self._open_folders.setdefault(folder, file)
        if known != file:
            os.close(file)
        return known

    def _make_durable(self, folder: str) -> None:
        """Make the folder and those above it. Each is asked for once in the life of a process.

        The parent is flushed even when the folder was there: another process may have made it a moment ago and not flushed it yet.
        """
        if folder in self._durable_folders:
            return
        parent = os.path.dirname(folder)
        self._make_durable(parent)
        try:
            os.mkdir(folder, _FOLDER_MODE)
        except FileExistsError:
            if not os.path.isdir(folder):
                raise
        _flush_folder(parent)
        self._durable_folders.add(folder)


class _LocalUploadWriter:
    """Appends to an upload's file, which it locks. Beyond `direct_from` bytes it writes past the page cache, where that is possible."""

    def __init__(self, state: str, path: str, offset: int, *, direct_from: int | None) -> None:
        self._state = state
        self._path = path
        self._position = offset
        self._is_cut = False
        self._direct: DirectFile | None = None
        self._direct_from = direct_from
        try:
            self._file = os.open(path, os.O_WRONLY | (os.O_CREAT if offset == 0 else 0), _FILE_MODE)
        except FileNotFoundError as error:
            raise UploadLost(state) from error
        try:
            _lock(self._file, path, state)
            self.found_bytes = os.fstat(self._file).st_size
            if self.found_bytes < offset:
                raise UploadLost(state)
        except BaseException:
            self.close()
            raise

    def write(self, pieces: Sequence[bytes | memoryview]) -> None:
        with _report_full_disk():
            if not self._is_cut:
                self._cut()
            if self._direct_from is not None and self._position >= self._direct_from:
                # One try: where the file system knows no such way, the ordinary one goes on.
                self._direct = open_direct(self._path, self._file, self._position)
                self._direct_from = None
            if self._direct is None:
                _write_all(self._file, pieces)
            else:
                self._direct.write(pieces)
            self._position += sum(map(len, pieces))

    def _cut(self) -> None:
        if self.found_bytes > self._position:
            os.ftruncate(self._file, self._position)
        os.lseek(self._file, self._position, os.SEEK_SET)
        self._is_cut = True

    def flush(self) -> str:
        if self._direct is not None:
            with _report_full_disk():
                self._direct.flush()
        return self._state

    def close(self) -> None:
        direct, self._direct = self._direct, None
        if direct is not None:
            direct.close()
        if self._file >= 0:
            file, self._file = self._file, -1
            with _report_full_disk():
                os.close(file)


class _LocalBlobReader:
    """An open file, which the system keeps when its name is deleted."""

    def __init__(self, file: int, size_bytes: int) -> None:
        self.file: int | None = file
        self.size_bytes = size_bytes

    def read(self, offset: int, length: int) -> bytes:
        if self.file is None:
            raise ValueError("the blob was closed")
        return os.pread(self.file, length, offset)

    def close(self) -> None:
        file, self.file = self.file, None
        if file is not None:
            os.close(file)


def _lock(file: int, path: str, state: str) -> None:
    """Take the upload for this open file; the system gives it back when the file is closed, also when the process dies."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UploadBusy(state) from error
    # It may have become a blob, or been forgotten, between the opening and the lock.
    try:
        is_same = os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        is_same = False
    if not is_same:
        raise UploadLost(state)


@contextmanager
def _report_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from error
        raise


def _write_all(file: int, pieces: Sequence[bytes | memoryview]) -> None:
    """Write the pieces without joining them. The system may take fewer bytes or pieces than it is given."""
    waiting: list[bytes | memoryview] = [piece for piece in pieces if piece]
    start = 0
    while start < len(waiting):
        written = os.writev(file, waiting[start : start + _MAXIMUM_PIECES])
        while start < len(waiting) and written >= len(waiting[start]):
            written -= len(waiting[start])
            start += 1
        if written:
            waiting[start] = memoryview(waiting[start])[written:]


def _flush_folder(folder: str) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _list_files(folder: str, *, before: float) -> Iterator[str]:
    """Files that were last written to before that moment (Unix seconds)."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                is_old = entry.stat(follow_symlinks=False).st_mtime < before
            except FileNotFoundError:
                continue
            if is_old:
                yield entry.path


def _unlink(path: str) -> None:
    """Delete the file, if it is there."""
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return
