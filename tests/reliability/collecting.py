"""A process that collects for ever, to be killed: `python -m tests.reliability.collecting`; its settings come from the environment."""

import sys
import time

from pierhead.app import build_collector_limits, build_core
from pierhead.registry.collector.round import Round
from pierhead.settings import load_settings

_REST_SECONDS = 0.1


def main() -> None:
    """Say that it begins, and never end."""
    settings = load_settings()
    core = build_core(settings)
    sys.stdout.write("collecting\n")
    sys.stdout.flush()
    while True:
        Round(core.database, core.blobs, build_collector_limits(settings)).run()
        time.sleep(_REST_SECONDS)


if __name__ == "__main__":
    main()
