"""The floor under every room: database, blob store, jobs, outbox, web, outbound calls. It knows nothing of containers."""
