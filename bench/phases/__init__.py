"""The phases of a run: one function each, which prepares what it needs and measures one kind of request."""
