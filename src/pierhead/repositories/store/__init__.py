"""Queries of repositories: their rows, the grants that lead to them, lists, stars, and whom one may find."""
