"""Hashes whose state can be saved, so that another process may go on with an upload where this one stopped."""

import _hashlib
import ctypes
import hashlib
import platform
import sys
from functools import cache
from typing import Final, NamedTuple, Protocol, Self


class ResumableHash(Protocol):
    """A running hash. Not safe to use from two threads at once; `update` lets other threads run."""

    algorithm: str

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes. A read-only view that is not a whole `bytes` object is copied first."""
        ...

    def hexdigest(self) -> str:
        """The digest of what was added so far; more may follow."""
        ...

    def save(self) -> bytes | None:
        """The state, for `restore_hash`; None when this implementation cannot be saved. Fits in 300 bytes."""
        ...


class _Layout(NamedTuple):
    """Where libcrypto's `SHA256_CTX` and `SHA512_CTX` keep what a restored state is checked by; sizes in bytes."""

    context: int
    block: int
    digest: int
    bit_count_at: int
    bit_count: int
    fill_at: int


_LAYOUTS: Final = {
    "sha256": _Layout(context=112, block=64, digest=32, bit_count_at=32, bit_count=8, fill_at=104),
    "sha512": _Layout(context=216, block=128, digest=64, bit_count_at=64, bit_count=16, fill_at=208),
}
ALGORITHMS: Final = tuple(_LAYOUTS)


def new_hash(algorithm: str) -> ResumableHash:
    """A fresh hash, `sha256` or `sha512`; ValueError for any other name."""
    if algorithm not in _LAYOUTS:
        raise ValueError(f"unknown hash algorithm {algorithm!r}; known are {', '.join(_LAYOUTS)}")
    libcrypto = _find_libcrypto()
    return HashlibHash(algorithm) if libcrypto is None else LibcryptoHash(algorithm, libcrypto)


def restore_hash(algorithm: str, saved: bytes | None) -> ResumableHash | None:
    """The hash that `save` wrote down; None when it cannot go on here and the caller has to hash the bytes anew.

    That is so when nothing was saved, on a machine of another kind, with another library, or when the state is damaged.
    """
    libcrypto = _find_libcrypto()
    if algorithm not in _LAYOUTS or saved is None or libcrypto is None:
        return None
    return LibcryptoHash.restore(algorithm, libcrypto, saved)


class HashlibHash:
    """The fallback where libcrypto's functions are missing: right and fast, but it cannot be saved."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._hash = hashlib.new(algorithm)

    def update(self, data: bytes | memoryview) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def save(self) -> bytes | None:
        return None


class Libcrypto:
    """OpenSSL's low-level SHA-2 functions: deprecated since 3.0, still exported, and the only ones with a copyable state."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        version = library.OpenSSL_version
        version.argtypes, version.restype = [ctypes.c_int], ctypes.c_char_p
        self.machine = f"{platform.machine()} {sys.byteorder} {_major(version(0))}"
        """What a state depends on: processor, byte order, and the library with its major version."""
        self.functions = {
            algorithm: (
                self._declare(f"{algorithm.upper()}_Init", ctypes.c_void_p),
                self._declare(f"{algorithm.upper()}_Update", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t),
                self._declare(f"{algorithm.upper()}_Final", ctypes.c_void_p, ctypes.c_void_p),
            )
            for algorithm in _LAYOUTS
        }

    def _declare(self, name: str, *arguments: type) -> "ctypes._NamedFuncPointer":
        function = getattr(self._library, name)
        function.argtypes, function.restype = arguments, ctypes.c_int
        return function  # type: ignore[no-any-return]


class LibcryptoHash:
    """A hash in libcrypto's own context, a plain block of memory. ctypes gives up the interpreter lock during each call."""

    def __init__(self, algorithm: str, libcrypto: Libcrypto) -> None:
        self.algorithm = algorithm
        self._layout = _LAYOUTS[algorithm]
        self._init, self._update, self._final = libcrypto.functions[algorithm]
        self._tag = f"{algorithm} {libcrypto.machine}\n".encode()
        self._context = ctypes.create_string_buffer(self._layout.context)
        self._init(self._context)

    @classmethod
    def restore(cls, algorithm: str, libcrypto: Libcrypto, saved: bytes) -> Self | None:
        """The hash of a saved state; None when the state is not of this machine and library, or is damaged."""
        restored = cls(algorithm, libcrypto)
        state = saved[len(restored._tag) :]
        if not saved.startswith(restored._tag) or not _is_consistent(restored._layout, state):
            return None
        ctypes.memmove(restored._context, state, len(state))
        return restored

    def update(self, data: bytes | memoryview) -> None:
        if isinstance(data, bytes):
            self._update(self._context, data, len(data))
            return
        if data.readonly or not data.c_contiguous:
            copied = data.tobytes()
            self._update(self._context, copied, len(copied))
        elif data.nbytes:
            first = ctypes.c_char.from_buffer(data)
            self._update(self._context, ctypes.byref(first), data.nbytes)

    def hexdigest(self) -> str:
        # Final pads the context, so it is given a copy.
        copied = ctypes.create_string_buffer(self._context.raw, self._layout.context)
        digest = ctypes.create_string_buffer(self._layout.digest)
        self._final(digest, copied)
        return digest.raw.hex()

    def save(self) -> bytes | None:
        return self._tag + self._context.raw


def _is_consistent(layout: _Layout, state: bytes) -> bool:
    """Whether the state's counters agree. libcrypto trusts them as memory offsets, so a damaged row must not reach it."""
    if len(state) != layout.context:
        return False
    fill = int.from_bytes(state[layout.fill_at : layout.fill_at + 4], sys.byteorder)
    digest = int.from_bytes(state[layout.fill_at + 4 : layout.fill_at + 8], sys.byteorder)
    # The count is two words, the low one first, whatever the byte order of each.
    low = state[layout.bit_count_at : layout.bit_count_at + layout.bit_count // 2]
    return digest == layout.digest and fill == int.from_bytes(low, sys.byteorder) // 8 % layout.block


def _major(version: bytes) -> str:
    """`OpenSSL 3` of `OpenSSL 3.0.17 1 Jul 2025`."""
    return version.decode("ascii", "replace").split(".", 1)[0]


@cache
def _find_libcrypto() -> Libcrypto | None:
    """The library that passes the self-test; None makes the process use hashlib."""
    # A handle of the interpreter's own extension reaches the libcrypto which that is linked with; None stands for the program itself.
    for candidate in (getattr(_hashlib, "__file__", None), None, "libcrypto.so.3", "libcrypto.so.1.1"):
        try:
            libcrypto = Libcrypto(ctypes.CDLL(candidate))
        except (OSError, AttributeError):
            continue
        if all(_passes_self_test(algorithm, libcrypto) for algorithm in _LAYOUTS):
            return libcrypto
    return None


def _passes_self_test(algorithm: str, libcrypto: Libcrypto) -> bool:
    """Hash in two stretches with a save and restore between, and compare with hashlib."""
    content = bytes(range(256)) * 3
    first = LibcryptoHash(algorithm, libcrypto)
    first.update(content[:333])
    saved = first.save()
    second = LibcryptoHash.restore(algorithm, libcrypto, saved) if saved else None
    if second is None or first.hexdigest() != hashlib.new(algorithm, content[:333]).hexdigest():
        return False
    second.update(content[333:])
    return second.hexdigest() == hashlib.new(algorithm, content).hexdigest()
