"""What may go wrong in the registry, each with the facts a caller needs."""

from collections.abc import Sequence

from pierhead.platform.errors import Conflict, Denied, Invalid, NotFound, TooLarge


class RepositoryUnknown(NotFound):
    """The repository does not exist, for a caller who could create it."""

    def __init__(self, name: str) -> None:
        super().__init__("repository not found", detail={"name": name})


class BlobUnknown(NotFound):
    """The repository does not hold the blob."""

    def __init__(self, digest: str) -> None:
        super().__init__("blob unknown to registry", detail={"digest": digest})


class ManifestUnknown(NotFound):
    """The repository has no such manifest or tag."""

    def __init__(self, reference: str) -> None:
        super().__init__("manifest unknown", detail={"reference": reference})


class TagUnknown(ManifestUnknown):
    """The repository has no living tag of this name."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.message = f"There is no tag '{tag}'."


class TagExpired(NotFound):
    """The tag existed and was deleted or has expired."""

    def __init__(self, tag: str) -> None:
        super().__init__(f"Tag {tag} was deleted or has expired. To pull, revive via time machine", detail={"tag": tag})


class UploadUnknown(NotFound):
    """No such upload was started in this repository by this caller."""

    def __init__(self, upload: str) -> None:
        super().__init__("blob upload unknown to registry", detail={"uuid": upload})


class UploadInvalid(Invalid):
    """The bytes do not fit what the request announced."""


class ChunkOutOfOrder(Invalid):
    """The chunk does not begin where the upload ends; `received_bytes` are there."""

    def __init__(self, received_bytes: int) -> None:
        self.received_bytes = received_bytes
        super().__init__(f"The chunk does not begin at byte {received_bytes}, where the upload ends.", detail={"received": received_bytes})


class BlobTooLarge(TooLarge):
    """The blob is larger than the setting allows."""

    def __init__(self, *, maximum_bytes: int, uploaded_bytes: int) -> None:
        super().__init__(
            f"The layer is larger than the {maximum_bytes} bytes that this registry accepts.",
            detail={"reason": "layer too large", "max_allowed": maximum_bytes, "uploaded": uploaded_bytes},
        )


class ManifestTooLarge(TooLarge):
    """The manifest is larger than the setting allows."""

    def __init__(self, maximum_bytes: int) -> None:
        super().__init__(
            f"The manifest is larger than the {maximum_bytes} bytes that this registry accepts.", detail={"max_allowed": maximum_bytes}
        )


class ManifestBlobsMissing(Invalid):
    """The manifest refers to content that the repository does not hold."""

    def __init__(self, digests: Sequence[str]) -> None:
        self.digests = tuple(digests)
        super().__init__("manifest references content unknown to the repository", detail={"digests": list(digests)})


class BlobInUse(Conflict):
    """The blob belongs to a manifest of the repository."""

    def __init__(self, manifests: Sequence[str]) -> None:
        super().__init__("The blob is used by a manifest of this repository.", detail={"manifests": list(manifests)})


class TagImmutable(Conflict):
    """The tag may not be moved or deleted; `action` says what was tried."""

    def __init__(self, tag: str, action: str = "overwrite") -> None:
        super().__init__(f"Cannot {action} immutable tag '{tag}'", detail={"message": f"tag '{tag}' is immutable"})


class ManifestNotInHistory(NotFound):
    """The tag never pointed at the manifest, or the time machine does not reach back that far."""

    def __init__(self, tag: str, digest: str) -> None:
        super().__init__(
            f"The time machine does not know that the tag '{tag}' ever pointed at {digest[:200]}.",
            detail={"tag": tag, "manifest_digest": digest[:200]},
        )


class BeyondTimeMachine(Invalid):
    """The moment lies in the future, or so far back that tags from then may be gone."""

    def __init__(self, reaches_back_to_ms: int) -> None:
        super().__init__(
            "The time machine of this namespace does not know that moment.", detail={"reaches_back_to": reaches_back_to_ms // 1000}
        )


class ExpirationInvalid(Invalid):
    """A tag cannot end at that moment."""


class TagFeatureOff(Invalid):
    """The settings do not allow the change."""


class TooManyTags(TooLarge):
    """A push names more tags than the setting allows."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"At most {maximum} tags can be set by one push.", detail={"max_allowed": maximum})


class RepositoryReadOnly(Denied):
    """The repository's state does not allow writing."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(f"The repository is in state {state} and takes no changes.", detail={"name": name, "state": state})


class RegistryReadOnly(Denied):
    """The setting `registry.read_only` is on."""

    def __init__(self) -> None:
        super().__init__("The registry is in read-only mode: it serves pulls and takes no changes now.", detail={"is_readonly": True})


class PushesDisabled(Denied):
    """The setting `registry.pushes` is off."""

    def __init__(self) -> None:
        super().__init__("Pushes to this registry are switched off.")


class UpstreamUnknown(NotFound):
    """The request is for the cache of another registry, which this one does not keep."""

    def __init__(self, upstream: str) -> None:
        super().__init__("This registry keeps no cache of the registry that the parameter 'ns' names.", detail={"ns": upstream[:255]})


class WrongRepositoryKind(Conflict):
    """The repository holds applications, not images."""

    def __init__(self, name: str) -> None:
        super().__init__("This repository is for managing application and not container images.", detail={"name": name})
