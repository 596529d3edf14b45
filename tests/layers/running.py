"""Run a job of any kind as a worker does."""

import threading

from pierhead.app import build_job_services
from pierhead.jobs import JobServices
from pierhead.platform.jobs import Job, JobContext
from tests.registry.client import Server


def run_job(server: Server, job: Job[JobServices]) -> None:
    """Run it once, in this thread."""
    services = build_job_services(server.core)
    job.run(JobContext(services, server.core.database, key="test", attempt=1, stopping=threading.Event()))
