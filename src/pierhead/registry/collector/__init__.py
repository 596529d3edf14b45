"""Garbage collection: always online, in small transactions, from what is due and never by looking at everything (tags-and-gc 7)."""
