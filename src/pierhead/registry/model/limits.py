"""The settings that the registry works by, as the composition root hands them on."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RegistryLimits:
    """Sizes in bytes, times in seconds."""

    maximum_layer_bytes: int = 20 * 1024 * _MIB
    maximum_manifest_bytes: int = 4 * _MIB
    maximum_tags_per_push: int = 64
    upload_expiry_seconds: int = 2 * 24 * 3600
    push_hold_seconds: int = 3600
    sparse_indexes: bool = True
    nested_names: bool = True
    library_namespace: str | None = "library"
    public_catalog: bool = False
    read_only: bool = False
    pushes: bool = True
