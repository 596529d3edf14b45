"""The bars that Pierhead must not exceed and the goals that it strives for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """Upper limits: `bar` must be held, `goal` is hoped for."""

    bar: float
    goal: float

    def judge(self, value: float) -> str:
        if value <= self.goal:
            return "ok, goal reached"
        return "ok" if value <= self.bar else "**not reached**"


RATIOS = {
    "push_stream": Bar(0.8, 0.6),
    "pull1": Bar(0.8, 0.5),
    "pull8": Bar(0.8, 0.5),
    "small": Bar(0.5, 0.3),
    "manifest_put": Bar(0.7, 0.4),
    "manifest_get": Bar(1.0, 0.6),
    "manifest_head": Bar(1.0, 0.6),
    "blob_get": Bar(0.15, 0.06),
    "tags": Bar(0.1, 0.03),
    "mount": Bar(1.0, 0.5),
}
"""CPU of the server per operation, ours divided by distribution's, by phase; ours on SQLite."""

POSTGRES_RATIOS = {"manifest_get": Bar(2.0, 1.0), "manifest_head": Bar(2.0, 1.0)}
"""The same on PostgreSQL, whose CPU counts; the other phases have no bar there."""

REST_MIB = Bar(150, 100)
PEAK_MIB = Bar(250, 174)
START_SECONDS = Bar(2, 1)


def ratio_bars(server: str) -> dict[str, Bar]:
    """The bars for one of the benchmark's servers; none for a server that is not Pierhead."""
    return {"pierhead": RATIOS, "pierhead-postgres": POSTGRES_RATIOS}.get(server, {})
