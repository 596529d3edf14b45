"""The registries that the benchmark can start itself, each on fresh data in a temporary folder."""
