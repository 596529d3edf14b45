"""What a regular expression is made of, once it is read."""

from dataclasses import dataclass

from pierhead.platform.errors import Invalid


class PatternInvalid(Invalid):
    """The text is no pattern, or one that cannot be matched in bounded time."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The tag pattern is invalid: {reason}", detail={"reason": reason})


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character; bit n of the mask stands for the character of code n. Names of tags are ASCII."""

    mask: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of these."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """So many times; `most` is None without a bound."""

    item: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters: `^`, `$`, `b` (the edge of a word) or `B` (no edge)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Look:
    """What follows begins like this, or does not."""

    item: "Node"
    negative: bool


Node = OneOf | Sequence | Choice | Repeat | Edge | Look
