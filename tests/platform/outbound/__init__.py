"""Outgoing calls: the guard and the HTTP client."""
