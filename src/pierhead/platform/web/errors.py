"""The one table from an error's class to the HTTP status and the API's error type (api-v1 3.5)."""

from collections.abc import Mapping

from pierhead.platform import errors

# Rooms add their special cases when the application is put together; the most special class wins.
_TABLE: dict[type[errors.PierheadError], tuple[int, str]] = {
    errors.Unauthenticated: (401, "invalid_token"),
    errors.Denied: (403, "insufficient_scope"),
    errors.NotFound: (404, "not_found"),
    errors.AlreadyExists: (400, "invalid_request"),
    errors.Conflict: (409, "invalid_request"),
    errors.TooLarge: (413, "invalid_request"),
    errors.RateLimited: (429, "too_many_requests"),
    errors.StorageFull: (507, "storage_full"),
    errors.Unavailable: (503, "unavailable"),
    errors.Invalid: (400, "invalid_request"),
}


class ErrorTable:
    """Status and type of every error that a request may end with."""

    def __init__(self, special: Mapping[type[errors.PierheadError], tuple[int, str]]) -> None:
        self._table = {**_TABLE, **special}

    def classify(self, error: errors.PierheadError) -> tuple[int, str]:
        """(HTTP status, error type)."""
        for kind in type(error).__mro__:
            found = self._table.get(kind)
            if found is not None:
                return found
        return 500, "internal_error"

    def describe(self, error: errors.PierheadError, *, base_url: str, request_id: str) -> tuple[int, dict[str, object]]:
        """Status and body: Quay's typed error shape, with a sentence that a person understands."""
        status, title = self.classify(error)
        body: dict[str, object] = {
            **error.detail,
            "detail": error.message,
            "error_message": error.message,
            "message": error.message,
            "error_type": title,
            "title": title,
            "type": f"{base_url}/api/v1/error/{title}",
            "status": status,
            "request_id": request_id,
        }
        return status, body
