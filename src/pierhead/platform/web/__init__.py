"""The HTTP surface that every room shares: dispatch, errors, logs, metrics, health."""
