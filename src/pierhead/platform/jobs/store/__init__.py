"""Queries of the job queue and of the schedule."""
