"""A bounded queue of work, at most one job per key: thirty people who ask the same thing wait for the same job."""

from eodash.jobs.job import Job, JobState, OnState, Progress
from eodash.jobs.queue import Jobs

__all__ = ["Job", "JobState", "Jobs", "OnState", "Progress"]
