"""Values and rules of access; no I/O."""
