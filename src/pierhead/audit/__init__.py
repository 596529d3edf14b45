"""Usage logs: one `record()` per change, and pulls counted in memory and written in batches."""
