"""Repositories: names, visibility, permissions."""
