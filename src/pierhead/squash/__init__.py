"""Squashed images: all layers of an image flattened into one, streamed while it is made and cached afterwards."""
