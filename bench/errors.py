"""What can go wrong in a benchmark, each told as a sentence."""


class BenchError(Exception):
    """The benchmark cannot go on; the message says why and what to do."""


class UnexpectedAnswer(BenchError):
    """A registry answered something else than the protocol promises."""
