"""How much a repository is used."""

from datetime import UTC, date, datetime, time, timedelta

from pierhead.audit.model import LogFilter
from pierhead.audit.read_log import count_by_day
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import Repository

_DAYS = 92


def count_days(work: UnitOfWork, repository: Repository) -> list[tuple[date, int]]:
    """What happened on each of the last 92 days, the oldest first; a day without anything counts 0."""
    today = work.now.date()
    first = today - timedelta(days=_DAYS - 1)
    since = datetime.combine(first, time(), UTC)
    counts = dict.fromkeys((first + timedelta(days=number) for number in range(_DAYS)), 0)
    for each in count_by_day(work, LogFilter(since, since + timedelta(days=_DAYS), repository_id=repository.id)):
        counts[each.day] = counts.get(each.day, 0) + each.count
    return list(counts.items())
