"""Calls a parser that takes anything, and hands back its refusal as a value."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pierhead.platform.errors import Invalid

P = ParamSpec("P")
T = TypeVar("T")


def attempt(parse: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Invalid:
    """The parsed value, or the refusal; every other exception goes through and fails the test."""
    try:
        return parse(*args, **kwargs)
    except Invalid as error:
        return error
