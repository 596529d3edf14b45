"""Who is calling and what they may do: credentials, sessions, tokens, and the permission algebra."""
