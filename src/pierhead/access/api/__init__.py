"""REST routes of accounts and access: users, sign-in, application tokens, organizations, robots."""
