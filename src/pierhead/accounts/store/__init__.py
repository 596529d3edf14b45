"""Every query of accounts."""
