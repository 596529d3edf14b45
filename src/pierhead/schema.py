"""Every table of the product, in one import: what migrations are compared with."""

from pierhead.access import tables as access
from pierhead.accounts import tables as accounts
from pierhead.administration import tables as administration
from pierhead.apps import tables as apps
from pierhead.audit import tables as audit
from pierhead.layers import tables as layers
from pierhead.platform.database import metadata
from pierhead.platform.jobs import tables as jobs
from pierhead.platform.outbox import tables as outbox
from pierhead.registry import tables as registry
from pierhead.repositories import tables as repositories
from pierhead.squash import tables as squash

ROOMS = (accounts, access, audit, jobs, outbox, repositories, registry, administration, apps, layers, squash)

__all__ = ["ROOMS", "metadata"]
