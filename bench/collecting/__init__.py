"""The proof that the collector takes everything that nothing needs and nothing else, while clients push, pull, move and delete."""
