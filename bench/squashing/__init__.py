"""Measures squashed images: what one costs beside unpacking the same layers with gzip and tar."""
