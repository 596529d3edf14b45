"""The reliability tests with numbers of one's own: `python -m tests.reliability.torture kill --rounds 20 --pushes 200`."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.reliability.durable_postgres import DurablePostgresServer
from tests.reliability.fuzzing import Fuzzer
from tests.reliability.killing import KillingSpree
from tests.reliability.push import SIZES
from tests.reliability.resources import MIB, LargeBlob, Usage, check_memory
from tests.reliability.wire import fetch_token
from tests.services.server import PASSWORD, PierheadServer


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    commands = parser.add_subparsers(required=True)
    kill = commands.add_parser("kill", help="SIGKILL the server in the middle of pushes, again and again")
    kill.add_argument("--rounds", type=int, default=20)
    kill.add_argument("--pushes", type=int, default=200)
    kill.add_argument("--workers", type=int, default=1)
    kill.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    kill.add_argument("--crash-postgresql", action="store_true", help="tear down PostgreSQL instead of the server")
    kill.set_defaults(run=_kill)
    fuzz = commands.add_parser("fuzz", help="send odd requests")
    fuzz.add_argument("--examples", type=int, default=20_000)
    fuzz.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    fuzz.set_defaults(run=_fuzz)
    memory = commands.add_parser("memory", help="push and pull a large blob and watch the server's memory")
    memory.add_argument("--mebibytes", type=int, default=1024)
    memory.add_argument("--pulls", type=int, default=16)
    memory.set_defaults(run=_memory, engine="sqlite")
    options = parser.parse_args()
    run: Callable[[argparse.Namespace], None] = options.run
    run(options)


@contextmanager
def _serve(options: argparse.Namespace, *, workers: int = 1) -> Iterator[tuple[PierheadServer, str, DurablePostgresServer | None]]:
    """A server that knows the user ada, the address of its database, and PostgreSQL where that is used."""
    with tempfile.TemporaryDirectory(prefix="pierhead-torture-") as folder, ExitStack() as stack:
        postgres = DurablePostgresServer() if options.engine == "postgresql" else None
        if postgres is not None:
            stack.callback(postgres.stop)
            postgres.start()
        url = postgres.create_database("torture") if postgres is not None else None
        server = stack.enter_context(PierheadServer(Path(folder), workers=workers, database_url=url))
        server.create_user("ada")
        try:
            yield server, url or f"sqlite:///{server.data / 'pierhead.db'}", postgres
        except BaseException:
            sys.stderr.write(server.log_tail())
            raise


def _kill(options: argparse.Namespace) -> None:
    with _serve(options, workers=options.workers) as (server, url, postgres):
        spree = KillingSpree(server, url, seed=options.seed, pushes=options.pushes, sizes=SIZES)

        def disturb() -> None:
            _say(spree.report)
            if postgres is not None and options.crash_postgresql:
                postgres.crash_and_start()
            else:
                server.kill()
                server.start()

        _say(asyncio.run(spree.run(options.rounds, disturb, may_answer_503=options.crash_postgresql)))


def _fuzz(options: argparse.Namespace) -> None:
    with _serve(options) as (server, _, _), closing(Fuzzer(server)) as fuzzer:
        fuzzer.run(options.examples, chance_seed=options.seed)


def _memory(options: argparse.Namespace) -> None:
    async def watch(server: PierheadServer) -> tuple[int, int]:
        token = await fetch_token(server.port, "ada", PASSWORD, "repository:ada/app:pull,push")
        return await check_memory(server.port, server.pid, token, "ada/app", LargeBlob(options.mebibytes), pulls=options.pulls)

    with _serve(options) as (server, _, _):
        pushing, pulling = asyncio.run(watch(server))
        _say(f"peak rose by {pushing / MIB:.1f} MiB pushing, by {pulling / MIB:.1f} MiB more pulling; {Usage.of(server.pid)}")


def _say(value: object) -> None:
    sys.stdout.write(f"{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
