"""Rounds of many pushes at once in the middle of which the server is killed."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.reliability.push import Image, Ledger, Refused, make_image, push_image, resume_upload
from tests.reliability.verify import Thing, check_database, check_tag_lists, check_things, things_of
from tests.reliability.wire import ConnectionLost, Wire, fetch_token
from tests.services.server import PASSWORD, PierheadServer

_REPOSITORIES = tuple(f"ada/app{number}" for number in range(5))
_TAGS = tuple(f"v{number}" for number in range(8))
_OLD_THINGS = 200  # of earlier rounds, looked at again in each round


@dataclass(slots=True)
class Report:
    """What happened in all rounds."""

    rounds: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    checked: int = 0
    database: dict[str, int] = field(default_factory=dict)


class KillingSpree:
    """Pushes, killings and checks on one server, which is running and knows the user ada."""

    def __init__(self, server: PierheadServer, database_url: str, *, seed: int, pushes: int, sizes: tuple[int, ...]) -> None:
        self._server = server
        self._database_url = database_url
        self._chance = random.Random(seed)
        self._pushes = pushes
        self._sizes = sizes
        self._ledger = Ledger()
        self._known: set[Thing] = set()
        self.report = Report()

    async def run(self, rounds: int, disturb: Callable[[], None], *, may_answer_503: bool = False) -> Report:
        """`disturb` kills something while pushes run and brings it back."""
        for number in range(rounds):
            token = await self._token()
            images = [self._image(f"{number}-{each}") for each in range(self._pushes)]
            await self._push_all(images, token, disturb, may_answer_503=may_answer_503)
            await self._check()
            self.report.rounds += 1
        await self._check_later_pushes()
        return self.report

    async def _token(self) -> str:
        return await fetch_token(self._server.port, "ada", PASSWORD, *(f"repository:{name}:pull,push" for name in _REPOSITORIES))

    def _image(self, name: str) -> Image:
        return make_image(self._chance, self._chance.choice(_REPOSITORIES), self._chance.choice(_TAGS), name=name, sizes=self._sizes)

    async def _push_all(self, images: list[Image], token: str, disturb: Callable[[], None], *, may_answer_503: bool) -> None:
        pushes = [asyncio.create_task(self._push(image, token, may_answer_503=may_answer_503)) for image in images]
        # A random moment on any machine: after so many of the blobs and manifests.
        moment = asyncio.create_task(self._ledger.call_after(self._chance.randint(1, 3 * len(images))).wait())
        pushed = asyncio.gather(*pushes)
        await asyncio.wait((moment, pushed), return_when=asyncio.FIRST_COMPLETED)
        moment.cancel()
        await asyncio.to_thread(disturb)
        self.report.outcomes.update(await pushed)

    async def _push(self, image: Image, token: str, *, may_answer_503: bool) -> str:
        async with Wire(self._server.port, token=token) as wire:
            try:
                await push_image(wire, image, random.Random(image.blobs[0].seed), self._ledger)
            except ConnectionLost:
                return "connection lost"
            except Refused as refused:
                # A manifest whose blobs were pushed just before the kill, or an upload that lost its connection.
                if may_answer_503 and refused.answer.status == 503:
                    return "503"
                raise
            return "pushed"

    async def _check(self, *, thorough: bool = False) -> None:
        token = await self._token()
        interrupted, self._ledger.interrupted = self._ledger.interrupted, []
        async with Wire(self._server.port, token=token) as wire:
            for repository, location, blob in interrupted:
                self.report.outcomes[await resume_upload(wire, repository, location, blob, self._ledger)] += 1
        await self._pull(token, thorough=thorough)
        await check_tag_lists(self._server.port, token, self._ledger)
        self.report.database = check_database(self._database_url, self._server.data / "storage", thorough=thorough)

    async def _pull(self, token: str, *, thorough: bool) -> None:
        """Everything new, and of the old some (or, when it shall be thorough, all)."""
        things = things_of(self._ledger)
        new = [thing for thing in things if thing not in self._known or thing[0] == "tags"]
        old = [thing for thing in things if thing in self._known]
        chosen = things if thorough else new + self._chance.sample(old, min(len(old), _OLD_THINGS))
        self.report.checked += await check_things(self._server.port, token, self._ledger, chosen)
        self._known.update(things)

    async def _check_later_pushes(self) -> None:
        token = await self._token()
        for number, repository in enumerate(_REPOSITORIES):
            image = make_image(self._chance, repository, "last", name=f"last-{number}", sizes=self._sizes)
            assert await self._push(image, token, may_answer_503=False) == "pushed"
        await self._check(thorough=True)
