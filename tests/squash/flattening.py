"""Flatten layers as the product does, without a server."""

from collections.abc import Sequence
from functools import partial

from pierhead.layers.model.flatten import flatten
from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.read_entries import read_entries
from pierhead.layers.unpack import LayerStream
from pierhead.platform.blobstore.memory import MemoryBlobStore
from pierhead.squash.model.plan import plan_layer
from pierhead.squash.write_layer import write_layer

MOMENT = 1_600_000_000
_LIMITS = LayerLimits()


def squash(*layers: bytes) -> bytes:
    """The flattened layer of these blobs, the lowest first."""
    blobs = MemoryBlobStore()
    keys = [blobs.put(f"layer/{number}", layer) for number, layer in enumerate(layers)]
    tables = []
    for key in keys:
        reader = blobs.open(key)
        tables.append(list(read_entries(LayerStream(reader, _LIMITS), _LIMITS)))
        reader.close()
    plan = plan_layer(flatten(tables), moment=MOMENT)
    pieces: list[bytes] = []
    write_layer(plan, _openers(blobs, keys), lambda reader: LayerStream(reader, _LIMITS), pieces.append)
    archive = b"".join(pieces)
    assert len(archive) == plan.size_bytes
    return archive


def _openers(blobs: MemoryBlobStore, keys: Sequence[str]) -> list[partial]:  # type: ignore[type-arg]
    return [partial(blobs.open, key) for key in keys]
