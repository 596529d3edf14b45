"""Match names of tags in time that grows with their length, whatever the pattern: all ways are followed at once, none is tried after another."""

from collections.abc import Iterable
from dataclasses import dataclass

from pierhead.platform.errors import Invalid
from pierhead.registry.model.patterns.nodes import Choice, Edge, Look, Node, OneOf, PatternInvalid, Repeat, Sequence
from pierhead.registry.model.patterns.reading import read_pattern

MAXIMUM_PATTERN = 256
_MOST_STEPS = 512
_REMEMBERED = 20_000
_BUDGET = 5_000_000  # steps for one list of names: about a second

__all__ = ["MAXIMUM_PATTERN", "PatternInvalid", "PatternTooSlow", "TagPattern"]


class PatternTooSlow(Invalid):
    """Matching so many names against the pattern would take too long."""

    message = "The tag pattern is too complicated for so many tags. Please write a simpler one."


@dataclass(slots=True)
class _Step:
    """One step of the program: reads a character of `mask`, or goes on at `targets` when the edge or the look ahead allows it."""

    mask: int | None = None
    targets: tuple[int, ...] = ()
    edge: str = ""
    look: int | None = None
    negative: bool = False
    accepts: bool = False


class TagPattern:
    """A regular expression that describes whole names. Not safe to use from several threads at once."""

    def __init__(self, text: str) -> None:
        """Raises PatternInvalid."""
        if not text or len(text) > MAXIMUM_PATTERN:
            raise PatternInvalid(f"it has to have 1 to {MAXIMUM_PATTERN} characters")
        self.text = text
        self._steps: list[_Step] = []
        # The whole name has to match, so the usual anchors around a pattern say nothing.
        self._start = self._add(_strip(read_pattern(text)), self._append(_Step(accepts=True)))
        self._is_plain = not any(step.edge or step.look is not None for step in self._steps)
        self._memory: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._spent = 0

    def matches(self, name: str) -> bool:
        """Whether the whole name is as the pattern says."""
        return self._run(self._start, name, 0, whole=True)

    def select(self, names: Iterable[str], *, matching: bool) -> list[str]:
        """The names that the pattern describes, or the others. Raises PatternTooSlow."""
        self._spent = 0
        found = []
        for name in names:
            if self.matches(name) is matching:
                found.append(name)
            if self._spent > _BUDGET:
                raise PatternTooSlow
        return found

    def _append(self, step: _Step) -> int:
        if len(self._steps) >= _MOST_STEPS:
            raise PatternInvalid("it is too complicated")
        self._steps.append(step)
        return len(self._steps) - 1

    def _add(self, node: Node, following: int) -> int:
        """Add the steps of a node that go on at `following`; where they begin."""
        match node:
            case OneOf(mask):
                return self._append(_Step(mask=mask, targets=(following,)))
            case Sequence(items):
                for item in reversed(items):
                    following = self._add(item, following)
                return following
            case Choice(options):
                return self._append(_Step(targets=tuple([self._add(option, following) for option in options])))
            case Repeat():
                return self._add_repeat(node, following)
            case Edge(kind):
                return self._append(_Step(targets=(following,), edge=kind))
            case Look(item, negative):
                inner = self._add(item, self._append(_Step(accepts=True)))
                return self._append(_Step(targets=(following,), look=inner, negative=negative))

    def _add_repeat(self, node: Repeat, following: int) -> int:
        if node.most is None:
            loop = self._append(_Step())
            self._steps[loop].targets = (self._add(node.item, loop), following)
            begin = loop
        else:
            begin = following
            for _ in range(node.most - node.least):
                begin = self._append(_Step(targets=(self._add(node.item, begin), following)))
        for _ in range(node.least):
            begin = self._add(node.item, begin)
        return begin

    def _run(self, start: int, name: str, place: int, *, whole: bool) -> bool:
        states = self._spread((start,), name, place)
        while states:
            if not whole and self._accepts(states):
                return True
            if place == len(name):
                return self._accepts(states)
            states = self._read(states, name, place)
            place += 1
        return False

    def _accepts(self, states: frozenset[int]) -> bool:
        return any(self._steps[state].accepts for state in states)

    def _read(self, states: frozenset[int], name: str, place: int) -> frozenset[int]:
        character = name[place]
        if self._is_plain:
            known = self._memory.get((states, character))
            if known is not None:
                return known
        code = ord(character)
        self._spent += len(states)
        reached = [self._steps[state].targets[0] for state in states if code < 128 and (self._steps[state].mask or 0) >> code & 1]
        following = self._spread(reached, name, place + 1)
        if self._is_plain:
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            self._memory[states, character] = following
        return following

    def _spread(self, begin: Iterable[int], name: str, place: int) -> frozenset[int]:
        """Every step that can be reached without reading, of those that read or accept."""
        waiting, seen, found = list(begin), set[int](), set[int]()
        while waiting:
            state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            self._spent += 1
            step = self._steps[state]
            if step.accepts or step.mask is not None:
                found.add(state)
            elif self._may_pass(step, name, place):
                waiting.extend(step.targets)
        return frozenset(found)

    def _may_pass(self, step: _Step, name: str, place: int) -> bool:
        if step.look is not None:
            return self._run(step.look, name, place, whole=False) is not step.negative
        if not step.edge:
            return True
        if step.edge == "^":
            return place == 0
        if step.edge == "$":
            return place == len(name)
        before, after = name[place - 1 : place] if place else "", name[place : place + 1]
        return (_is_word(before) is not _is_word(after)) is (step.edge == "b")


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _strip(node: Node) -> Node:
    if not isinstance(node, Sequence):
        return node
    items = node.items
    if items and items[0] == Edge("^"):
        items = items[1:]
    if items and items[-1] == Edge("$"):
        items = items[:-1]
    return Sequence(items)
