"""An application that is built after the server has begun to answer."""

import asyncio
from collections.abc import Callable

from pierhead.platform.web.dispatcher import Application, Receive, Scope, Send


class LateApplication:
    """Builds an application in a thread, once: when told to begin, or when the first request comes, which then waits."""

    def __init__(self, build: Callable[[], Application]) -> None:
        self._build = build
        self._building: asyncio.Future[Application] | None = None

    def begin(self) -> None:
        """Build it, unless that has begun."""
        if self._building is None:
            self._building = asyncio.ensure_future(asyncio.to_thread(self._build))

    async def settle(self) -> None:
        """Wait for a build that has begun, before what it uses is closed."""
        if self._building is not None:
            await asyncio.wait({self._building})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begin()
        if self._building is None:
            raise AssertionError("it has just begun")
        application = await asyncio.shield(self._building)
        await application(scope, receive, send)
