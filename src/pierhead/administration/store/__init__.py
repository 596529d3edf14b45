"""Every query of administration."""
