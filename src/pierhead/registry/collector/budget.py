"""How much one transaction of the collector may do."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Budget:
    """The time until which further rows are begun: SQLite has one writer, and pushes wait for it."""

    milliseconds: int
    _began: float = field(default_factory=time.monotonic)

    @property
    def is_spent(self) -> bool:
        """Whether the transaction should end. What it has begun it finishes."""
        return (time.monotonic() - self._began) * 1000 >= self.milliseconds
