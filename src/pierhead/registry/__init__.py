"""The registry: blobs, uploads, manifests, tags and their history, and the `/v2` protocol."""
