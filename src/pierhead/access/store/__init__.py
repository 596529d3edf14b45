"""Every query of access."""
