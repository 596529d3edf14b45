"""How long a server takes from its command to its first answer."""

import statistics

from bench.measuring import Measurement, percentile
from bench.session import Session


def start_up(session: Session) -> Measurement | None:
    """Starts on an empty folder, and again on what the first start left; nothing for a server that was running already."""
    if session.try_start is None:
        return None
    pairs = [session.try_start() for _ in range(session.load.starts)]
    fresh = [pair.fresh.seconds for pair in pairs]
    wall = sum(fresh)
    return Measurement(
        unit="start",
        operations=len(pairs),
        rate=len(pairs) / wall,
        wall_seconds=wall,
        cpu_ms=statistics.median(pair.fresh.cpu_seconds for pair in pairs) * 1e3,
        rss_mib=statistics.median(pair.fresh.rss_mib for pair in pairs),
        p50_ms=statistics.median(fresh) * 1e3,
        p99_ms=percentile(fresh, 0.99) * 1e3,
        notes={"again_ms": statistics.median(pair.again.seconds for pair in pairs) * 1e3},
    )
