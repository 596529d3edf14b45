"""Calls to other machines: bounded in time and size, and kept away from private networks."""
