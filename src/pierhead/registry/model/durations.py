"""Spans of time as people write them in labels and policies: a number and s, m, h, d or w."""

import re

from pierhead.platform.errors import Invalid

_DURATION = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}


class DurationInvalid(Invalid):
    """The text is no span of time."""

    def __init__(self, text: str) -> None:
        super().__init__(f"'{text[:40]}' is no span of time: write a number and one of s, m, h, d, w, such as 7d.")


def find_duration(text: str) -> int | None:
    """The seconds that a text such as `7d` stands for; None when it is none."""
    match = _DURATION.fullmatch(text.strip())
    return int(match[1]) * _SECONDS[match[2]] if match else None


def parse_duration(text: str) -> int:
    """As `find_duration`. Raises DurationInvalid."""
    seconds = find_duration(text)
    if seconds is None:
        raise DurationInvalid(text)
    return seconds
