"""Values and rules of accounts; no I/O."""
