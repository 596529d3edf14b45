"""What a blob store can be asked for and not have."""

from pierhead.platform.errors import Conflict, NotFound


class BlobMissing(NotFound):
    """No blob lies under this key."""

    message = "The content is not in the registry's storage."

    def __init__(self, key: str) -> None:
        super().__init__(detail={"key": key})


class UploadLost(NotFound):
    """The store does not hold the bytes that the upload's record promises; the client has to begin anew."""

    message = "The upload is not in the registry's storage any more. Please start it again."

    def __init__(self, name: str) -> None:
        super().__init__(detail={"upload": name})


class UploadBusy(Conflict):
    """Another request writes to the upload; a client that lost its connection tries again a moment later."""

    message = "Another request is writing to this upload. Please try again in a moment."

    def __init__(self, name: str) -> None:
        super().__init__(detail={"upload": name})
