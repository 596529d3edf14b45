"""Tables of the job queue and of the schedule."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from pierhead.platform.database import RowId, UtcDateTime, metadata

# A finished job's row is deleted, so the table stays as small as the work that waits.
job = Table(
    "job",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("payload", Text, nullable=False),  # JSON of the job's dataclass
    Column("state", String(8), nullable=False),  # queued, running, dead
    Column("run_at", UtcDateTime),  # queued: not before; running: the lease's end; NULL: dead, so that no claim ever sees it
    Column("attempts", Integer, nullable=False, default=0),
    Column("max_attempts", Integer, nullable=False),
    Column("is_cancelled", Boolean, nullable=False, default=False),  # asks the running job to stop
    Column("lease_owner", String(128)),
    Column("lease_token", String(32)),  # of the present claim; guards every change that its worker makes
    Column("claimed_at", UtcDateTime),
    Column("last_error", Text),
    Column("schedule", String(64)),  # the schedule that made it
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_job_run_at", "run_at"),
    Index("ix_job_queue_state", "queue", "state"),
)

schedule_run = Table(
    "schedule_run",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("is_paused", Boolean, nullable=False, default=False),
    Column("tick_at", UtcDateTime),  # the last tick for which a job was made
    Column("job_key", String(255)),
    Column("started_at", UtcDateTime),  # of the last attempt that ended, as the rest
    Column("duration_seconds", Float),
    Column("result", String(16)),
    Column("error", Text),
)
