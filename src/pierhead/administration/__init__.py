"""What administrators look at and set: usage logs, and the calls that only superusers may make."""
