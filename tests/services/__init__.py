"""Real servers and tools that tests start beside Pierhead."""
