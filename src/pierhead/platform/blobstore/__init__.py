"""Bytes under keys: where blobs and unfinished uploads lie."""
