"""What happens to the repositories of a namespace, for whoever listens."""

from dataclasses import dataclass
from typing import ClassVar

from pierhead.platform.outbox.model import Event


@dataclass(frozen=True, slots=True)
class QuotaWarning(Event):
    """A namespace has come to use so many percent of its quota; told each time that the threshold is crossed upwards."""

    name: ClassVar[str] = "quota_warning"

    namespace: str
    threshold_percent: int
    usage_bytes: int
    limit_bytes: int


@dataclass(frozen=True, slots=True)
class QuotaError(Event):
    """A push was refused because the namespace has used up its quota; told at most once an hour for each namespace."""

    name: ClassVar[str] = "quota_error"

    namespace: str
    threshold_percent: int
    usage_bytes: int
    limit_bytes: int
