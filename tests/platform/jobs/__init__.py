"""Tests of the job queue, the worker and the schedule."""
