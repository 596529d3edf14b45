"""Queries of the collector. Each finds its work by an index of what is due, never by looking at everything."""
