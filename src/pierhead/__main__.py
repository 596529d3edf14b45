"""`python -m pierhead` is the same as the command `pierhead`."""

from pierhead.cli import main

main()
