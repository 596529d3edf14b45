"""What a layer may cost: strangers push archives that are small on the wire and endless when they are unpacked."""

from dataclasses import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class LayerLimits:
    """Beyond these a layer is not read; the settings `layers.*` say how much that is."""

    read_on_push: bool = True
    maximum_entries: int = 1_000_000
    maximum_contents_bytes: int = 256 * MIB
    """Of a layer's table of contents before it is packed, and of all those of an image together: it has to fit into memory."""
    maximum_unpacked_bytes: int = 64 * GIB
    maximum_ratio: int = 400
    """Unpacked bytes for each packed one, looked at once so many are unpacked as the next says."""
    ratio_from_bytes: int = 256 * MIB
    maximum_path_bytes: int = 4096
    maximum_depth: int = 256
    maximum_header_bytes: int = MIB
    """Of the extended headers (long names, PAX records) of one entry."""
