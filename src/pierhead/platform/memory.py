"""How this process takes memory from the system."""

import ctypes

_ARENA_MAX = -8  # mallopt's M_ARENA_MAX


def limit_arenas(arenas: int = 2) -> None:
    """Let all threads share a few heaps.

    The C library otherwise gives every thread a heap of its own and gives little of it back, so that a server with a few dozen threads
    which pass around pieces of a MiB keeps several times what it uses. Does nothing where the C library has no such switch.
    """
    try:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, arenas)
    except (AttributeError, OSError):
        return
