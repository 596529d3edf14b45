"""REST routes of repositories: themselves, permissions, stars, search."""
