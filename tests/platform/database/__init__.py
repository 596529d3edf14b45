"""Tests of the database: units of work, connections, errors."""
