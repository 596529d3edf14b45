"""Background jobs: a queue in the application's own database, workers that lease from it, and schedules."""

from pierhead.platform.jobs.metrics import JobMetrics, QueueDepthCollector
from pierhead.platform.jobs.model import Job, JobContext, JobNotDead, JobNotFound, JobResult, JobRow, JobState, JobStopped, Postponed
from pierhead.platform.jobs.queue import cancel, count_by_state, enqueue, find_job, list_jobs, run_again
from pierhead.platform.jobs.registry import JobRegistry
from pierhead.platform.jobs.schedule import Schedule, list_schedules, pause, run_now
from pierhead.platform.jobs.upkeep import RemoveDeadJobs
from pierhead.platform.jobs.worker import Worker

__all__ = [
    "Job",
    "JobContext",
    "JobMetrics",
    "JobNotDead",
    "JobNotFound",
    "JobRegistry",
    "JobResult",
    "JobRow",
    "JobState",
    "JobStopped",
    "Postponed",
    "QueueDepthCollector",
    "RemoveDeadJobs",
    "Schedule",
    "Worker",
    "cancel",
    "count_by_state",
    "enqueue",
    "find_job",
    "list_jobs",
    "list_schedules",
    "pause",
    "run_again",
    "run_now",
]
