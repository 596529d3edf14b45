"""Who exists: users, organizations, teams and robots."""
