"""Write a flattened layer as its plan says, unpacking each layer no further than it is needed."""

from collections.abc import Callable, Sequence

from pierhead.layers.unpack import LayerStream
from pierhead.platform.blobstore.base import BlobReader
from pierhead.squash.model.plan import Plan
from pierhead.squash.model.tar import END

Write = Callable[[bytes], object]
Open = Callable[[], BlobReader]
Unpack = Callable[[BlobReader], LayerStream]


def write_layer(plan: Plan, layers: Sequence[Open], unpack: Unpack, write: Write) -> None:
    """Hand `plan.size_bytes` bytes to `write`; `layers` open the blobs, the lowest first. Raises LayerInvalid and what `write` raises."""
    write(plan.opening)
    for open_layer, steps in zip(layers, plan.layers, strict=True):
        if not steps:
            continue
        reader = open_layer()
        try:
            stream = unpack(reader)
            for step in steps:
                if isinstance(step, bytes):
                    write(step)
                else:
                    stream.skip(step.start - stream.position)
                    stream.pass_on(step.end - step.start, write)
        finally:
            reader.close()
    write(END)
