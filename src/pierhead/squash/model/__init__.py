"""Values and rules of squashing: what a flattened image consists of, and how it is written."""
