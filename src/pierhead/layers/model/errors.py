"""What may be wrong with a layer or an image, each as a sentence that says so."""

from collections.abc import Sequence

from pierhead.platform.errors import Conflict, Invalid, NotFound, PierheadError


class LayerInvalid(Invalid):
    """The layer cannot be read: corrupt, no tar archive, or beyond a limit. The message is the stated reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The layer cannot be read: {reason}.", detail={"reason": reason})


class ImageHasNoFiles(Invalid):
    """The manifest stands for no file system: an artifact, or layers that the registry does not hold."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is no image with a file system: {reason}.", detail={"reason": reason})


class PlatformUnknown(NotFound):
    """The index has no image for the platform."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        super().__init__(
            f"The index has no image for {wanted[:100]}. It has: {', '.join(known) or 'none'}.",
            detail={"platform": wanted[:100], "platforms": list(known)},
        )


class FileUnknown(NotFound):
    """The image has no such file."""

    def __init__(self, path: str) -> None:
        super().__init__("The image has no file or folder of this path.", detail={"path": path[:4096]})


class NotAFile(Invalid):
    """The path names something that has no content."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"The path cannot be downloaded: {reason}.", detail={"path": path[:4096]})


class LayersNotRead(Conflict):
    """The image was pushed a moment ago, or before layers were read."""

    message = "The layers of this image are being read. Please try again in a moment."


class ReadingStopped(PierheadError):
    """Nobody waits for the rest of a file any more."""

    message = "The reading was stopped."
