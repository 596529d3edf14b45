"""How much load a run makes."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Load:
    """Sizes, counts and durations of the phases; documented where the command line declares them."""

    size_mib: int = 512
    seconds: int = 5
    blobs: int = 1000
    manifests: int = 1000
    tags: int = 10_000
    lists: int = 10
    mounts: int = 500
    starts: int = 5
    connections: int = 32
    push_connections: int = 16

    @property
    def size(self) -> int:
        """Bytes of the big blob."""
        return self.size_mib * MIB


QUICK = Load(size_mib=64, seconds=2, blobs=200, manifests=200, tags=1000, lists=5, mounts=100, starts=2)
