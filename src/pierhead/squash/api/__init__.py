"""REST routes of squashed images."""
