"""Settings of what is stored: blobs, the registry, tags, the collector, and what is made of layers."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from pierhead.settings.section import GIB, MIB, Section, split_words


class StorageSettings(Section):
    backend: str = "local"
    """The blob store: `local` (files in the data folder) or `memory` (tests)."""
    direct_from_bytes: int = Field(default=64 * MIB, ge=0)
    """`local`: the part of an upload beyond this size is written past the system's page cache, so that one huge blob does not throw out
    what everybody pulls; 0 writes everything through the cache."""


class RegistrySettings(Section):
    read_only: bool = False
    """Take no changes under `/v2`: pushes and deletions answer 405, pulls go on."""
    pushes: bool = True
    """Take pushes; when off they answer 405, while pulls and deletions go on."""
    create_on_push: bool = True
    """A push to a repository that does not exist creates it, where the caller may create repositories."""
    private_on_push: bool = True
    """Repositories created by a push are private."""
    create_namespace_on_push: bool = False
    """A push to a namespace that does not exist creates an organization of that name, owned by the caller."""
    nested_names: bool = True
    """Repository names may hold further slashes: `namespace/a/b`."""
    library_namespace: str | None = "library"
    """Names without a slash go to this namespace; empty refuses them."""
    public_catalog: bool = False
    """`/v2/_catalog` shows public repositories to everybody."""
    maximum_layer_bytes: int = Field(default=20 * GIB, ge=1)
    """Largest blob that is accepted."""
    maximum_manifest_bytes: int = Field(default=4 * MIB, ge=4 * MIB)
    """Largest manifest that is accepted."""
    maximum_tags_per_push: int = Field(default=64, ge=10)
    """How many `tag` parameters one manifest push may carry."""
    upload_expiry_seconds: int = Field(default=2 * 24 * 3600, ge=60)
    """An upload without progress is removed after this time."""
    push_hold_seconds: int = Field(default=3600, ge=1)
    """How long a pushed blob or an untagged manifest is kept for the push that will refer to it."""
    sparse_indexes: bool = True
    """An index may name children that the repository does not hold."""


class TagSettings(Section):
    change_expiration: bool = True
    """People may say when a tag ends."""
    expiration_minimum_seconds: int = Field(default=3600, ge=0)
    """Shortest life of a tag that ends by itself, counted from when it began to point where it does."""
    expiration_maximum_seconds: int = Field(default=104 * 7 * 24 * 3600, ge=60)
    """Longest life of a tag that ends by itself."""
    window_options: Annotated[tuple[str, ...], NoDecode] = ("0s", "1d", "1w", "2w", "4w")
    """The choices for how long a namespace keeps what was deleted, separated by commas."""
    permanent_deletion: bool = False
    """Tags may be removed for good, past the time machine."""
    immutable: bool = True
    """Tags can be made immutable: by people, by the label of their image, by policies."""
    immutable_can_expire: bool = False
    """An immutable tag may end by itself."""
    auto_prune: bool = True
    """Policies remove old tags."""
    default_prune_policy: str | None = Field(
        default=None, pattern="^(|number_of_tags:[1-9][0-9]{0,5}|(creation_date|last_pull):[1-9][0-9]{0,8}[smhdw])$"
    )
    """A policy for every repository, such as `number_of_tags:100`, `creation_date:90d` or `last_pull:60d`; empty has none."""

    split_options = field_validator("window_options", mode="before")(split_words)


class CollectorSettings(Section):
    enabled: bool = True
    """Remove what no tag needs any more, all the time and beside everything else; off keeps everything for ever."""
    grace_seconds: int = Field(default=3600, ge=1)
    """How long what nothing needs any more is still kept: a push that is under way may come to need it again, and a download goes on.
    It counts for a manifest without a tag, for a blob without a manifest and for bytes without a blob, one after the other."""
    batch: int = Field(default=100, ge=1, le=10_000)
    """Rows of one transaction."""
    transaction_ms: int = Field(default=50, ge=1)
    """A transaction begins nothing further after so many milliseconds."""
    pause_ms: int = Field(default=5, ge=0)
    """Least rest between two transactions; the collector rests at least as long as the last one took."""
    orphan_seconds: int = Field(default=24 * 3600, ge=3600)
    """Files of blobs that no row names are removed when they are older than this."""


class LayerSettings(Section):
    read_on_push: bool = True
    """Read each layer once after its push: what file trees, comparisons, squashed images and scans begin with."""
    maximum_entries: int = Field(default=1_000_000, ge=1)
    """A layer with more files and folders is not read."""
    maximum_contents_bytes: int = Field(default=256 * MIB, ge=MIB)
    """A layer whose table of contents is larger is not read; neither are images whose layers have more together. A file takes 100 to 200 bytes."""
    maximum_unpacked_bytes: int = Field(default=64 * GIB, ge=MIB)
    """A layer that unpacks to more is not read."""
    maximum_ratio: int = Field(default=400, ge=2)
    """A layer that unpacks to more than so many times its size is not read; looked at beyond 256 MiB."""
    maximum_path_bytes: int = Field(default=4096, ge=256)
    """A layer with a longer path is not read."""
    maximum_depth: int = Field(default=256, ge=16, le=512)
    """A layer with folders nested deeper is not read."""


class SquashSettings(Section):
    cache_bytes: int = Field(default=20 * GIB, ge=0)
    """How much squashed images may take in the storage; those that nobody asked for the longest are evicted. 0 keeps none."""
    threads: int = Field(default=2, ge=1, le=32)
    """Squashed images that a process makes at once; further ones wait."""


class AppSettings(Section):
    maximum_package_bytes: int = Field(default=MIB, ge=1024, le=256 * MIB)
    """Largest package that an application repository takes."""
