"""The reliability tests with numbers of one's own: `python -m tests.reliability.torture kill --rounds 20 --pushes 200`."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.reliability.killing import KillingSpree
from tests.reliability.push import SIZES
from tests.services.server import PierheadServer


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    commands = parser.add_subparsers(required=True)
    kill = commands.add_parser("kill", help="SIGKILL the server in the middle of pushes, again and again")
    kill.add_argument("--rounds", type=int, default=20)
    kill.add_argument("--pushes", type=int, default=200)
    kill.add_argument("--workers", type=int, default=1)
    kill.add_argument("--database-url", help="an empty PostgreSQL database; SQLite when it is missing")
    kill.set_defaults(run=_kill)
    options = parser.parse_args()
    run: Callable[[argparse.Namespace], None] = options.run
    run(options)


def _kill(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="pierhead-torture-") as folder:
        server = PierheadServer(Path(folder), workers=options.workers, database_url=options.database_url)
        server.start()
        server.create_user("ada")
        url = options.database_url or f"sqlite:///{server.data / 'pierhead.db'}"
        spree = KillingSpree(server, url, seed=options.seed, pushes=options.pushes, sizes=SIZES)

        def disturb() -> None:
            server.kill()
            server.start()
            _say(spree.report)

        try:
            _say(asyncio.run(spree.run(options.rounds, disturb)))
        except BaseException:
            sys.stderr.write(server.log_tail())
            raise
        finally:
            server.close()


def _say(value: object) -> None:
    sys.stdout.write(f"{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
