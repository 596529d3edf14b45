"""REST routes of administration: usage logs and the calls of superusers."""
