"""Every event on one page: what happened, and which jobs hear of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pierhead.layers.jobs import ReadNewLayers
from pierhead.platform.outbox.model import Event, EventJob
from pierhead.registry.events import RepositoryPush
from pierhead.repositories.events import QuotaError, QuotaWarning

EVENTS: tuple[type[Event], ...] = (QuotaError, QuotaWarning, RepositoryPush)

SUBSCRIPTIONS: Mapping[type[Event], Sequence[type[EventJob[Any]]]] = {RepositoryPush: (ReadNewLayers,)}
