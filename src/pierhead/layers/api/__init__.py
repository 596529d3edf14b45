"""REST routes of layer contents."""
