"""The squashed images that this process is making: whoever asks for one of them follows it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from pierhead.layers.find_image import Image
from pierhead.platform.threads import ThreadTeam
from pierhead.squash.model.archive import Name
from pierhead.squash.production import Production, Workshop

_log = structlog.get_logger("pierhead.squash")


class Productions:
    """Used in the event loop's thread only; the work is done in threads of its own, since it may take minutes."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._threads = ThreadTeam(workshop.limits.threads, name="squash")
        self._running: dict[tuple[int, str], Production] = {}

    def is_making(self, image: Image, name: Name) -> bool:
        """Whether it is this process that makes the image."""
        return (image.manifest.id, name.whole) in self._running

    @contextmanager
    def follow(self, image: Image, name: Name) -> Iterator[Production]:
        """The production of this image under this name, begun unless it runs. What is not kept is discarded when the last one leaves."""
        key = (image.manifest.id, name.whole)
        production = self._running.get(key)
        if production is None or not production.can_be_followed:
            production = self._begin(key, image, name)
        else:
            production.followers += 1
        try:
            yield production
        finally:
            production.followers -= 1
            self._discard_if_left(production)

    def close(self) -> None:
        """Stop what is being made and wait for it; blocks."""
        for production in self._running.values():
            production.stop()
        self._threads.close()

    def _begin(self, key: tuple[int, str], image: Image, name: Name) -> Production:
        production = Production(self._workshop, image, name)
        production.followers = 1  # before the thread looks whether anybody wants it
        self._running[key] = production
        running = self._threads.run(production.run)
        running.add_done_callback(lambda future: self._end(key, production, future))
        return production

    def _end(self, key: tuple[int, str], production: Production, future: "asyncio.Future[None]") -> None:
        if self._running.get(key) is production:
            del self._running[key]
        error = None if future.cancelled() else future.exception()
        if error is not None:
            _log.error("a squashed image failed", image=key[1], exc_info=error)
        self._discard_if_left(production)

    def _discard_if_left(self, production: Production) -> None:
        if production.followers == 0 and production.progress.has_ended:
            discarding = self._threads.run(production.discard_unless_kept)
            discarding.add_done_callback(_tell_failure)


def _tell_failure(future: "asyncio.Future[None]") -> None:
    error = None if future.cancelled() else future.exception()
    if error is not None:
        _log.error("bytes of a squashed image were not removed", exc_info=error)
