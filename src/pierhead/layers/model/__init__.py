"""Values and rules of layers: entries, their merging, comparisons; no I/O."""
