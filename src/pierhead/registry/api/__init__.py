"""REST routes of the registry."""
