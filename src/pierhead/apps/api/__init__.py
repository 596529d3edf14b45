"""The /cnr protocol."""
