"""Read the usual syntax of regular expressions, but for what needs to remember what it has matched."""

from pierhead.registry.model.patterns.nodes import Choice, Edge, Look, Node, OneOf, PatternInvalid, Repeat, Sequence

_ALL = (1 << 128) - 1
_DEEPEST = 40
_MOST_REPEATED = 128  # as long as a name may be


def _mask(characters: str) -> int:
    mask = 0
    for character in characters:
        mask |= 1 << ord(character)
    return mask


_DIGITS = _mask("0123456789")
_WORD = _mask("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") | _DIGITS
_SPACES = _mask(" \t\n\r\f\v")
_NEWLINE = _mask("\n")
_CLASSES = {
    "d": _DIGITS, "w": _WORD, "s": _SPACES, "D": _ALL & ~_DIGITS, "W": _ALL & ~_WORD, "S": _ALL & ~_SPACES,
}  # fmt: skip
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_EDGES = {"A": "^", "Z": "$", "z": "$", "b": "b", "B": "B"}


def read_pattern(text: str) -> Node:
    """The pattern as a tree. Raises PatternInvalid."""
    reader = _Reader(text)
    node = reader.read_choice(0)
    if not reader.at_end():
        raise PatternInvalid("there is a ')' without its '('")
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._ignores_case = False

    def at_end(self) -> bool:
        return self._place >= len(self._text)

    def _peek(self) -> str:
        return self._text[self._place] if self._place < len(self._text) else ""

    def _take(self) -> str:
        character = self._peek()
        self._place += 1
        return character

    def _skip(self, text: str) -> bool:
        if self._text.startswith(text, self._place):
            self._place += len(text)
            return True
        return False

    def read_choice(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise PatternInvalid("its groups are nested too deep")
        options = [self._read_sequence(depth)]
        while self._skip("|"):
            options.append(self._read_sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _read_sequence(self, depth: int) -> Node:
        items: list[Node] = []
        while not self.at_end() and self._peek() not in "|)":
            items.append(self._read_repeats(self._read_item(depth)))
        return Sequence(tuple(items))

    def _read_item(self, depth: int) -> Node:
        character = self._take()
        if character == "(":
            return self._read_group(depth)
        if character == "[":
            return OneOf(self._read_class())
        if character == "\\":
            return self._read_escape()
        if character == ".":
            return OneOf(_ALL & ~_NEWLINE)
        if character in "^$":
            return Edge(character)
        if character in "*+?":
            raise PatternInvalid(f"there is nothing before '{character}' to repeat")
        return OneOf(self._one(character))

    def _one(self, character: str) -> int:
        if ord(character) > 127:
            return 0  # no name of a tag holds it
        if self._ignores_case:
            return _mask(character.lower()) | _mask(character.upper())
        return _mask(character)

    def _read_group(self, depth: int) -> Node:
        if self._skip("?"):
            return self._read_special_group(depth)
        return self._read_rest_of_group(depth)

    def _read_rest_of_group(self, depth: int) -> Node:
        before = self._ignores_case
        node = self.read_choice(depth + 1)
        self._ignores_case = before
        if not self._skip(")"):
            raise PatternInvalid("a '(' is never closed")
        return node

    def _read_special_group(self, depth: int) -> Node:
        if self._skip(":"):
            return self._read_rest_of_group(depth)
        if self._skip("P<"):
            name, found, _ = self._text[self._place :].partition(">")
            if not found or not name.isidentifier():
                raise PatternInvalid("a group has no proper name")
            self._place += len(name) + 1
            return self._read_rest_of_group(depth)
        for sign in "=!":
            if self._skip(sign):
                return Look(self._read_rest_of_group(depth), negative=sign == "!")
        if self._skip("i)"):
            self._ignores_case = True
            return Sequence(())
        raise PatternInvalid("groups may be (...), (?:...), (?P<name>...), (?=...), (?!...) and (?i)")

    def _read_escape(self) -> Node:
        character = self._take()
        if not character:
            raise PatternInvalid("it ends in the middle of '\\'")
        if character in _EDGES:
            return Edge(_EDGES[character])
        return OneOf(self._escaped(character))

    def _escaped(self, character: str) -> int:
        if character in _CLASSES:
            return _CLASSES[character]
        if character in _CONTROLS:
            return _mask(_CONTROLS[character])
        if character.isalnum():
            raise PatternInvalid(f"'\\{character}' is not known here")
        return self._one(character)

    def _read_class(self) -> int:
        negative = self._skip("^")
        mask, first = 0, True
        while first or self._peek() != "]":
            if self.at_end():
                raise PatternInvalid("a '[' is never closed")
            mask |= self._read_range()
            first = False
        self._place += 1
        return _ALL & ~mask if negative else mask

    def _read_range(self) -> int:
        low, mask = self._read_member()
        if low is None or self._peek() != "-" or self._text[self._place + 1 : self._place + 2] in ("]", ""):
            return mask
        self._place += 1
        high, _ = self._read_member()
        if high is None or high < low:
            raise PatternInvalid("a range in '[...]' does not run upwards")
        for code in range(ord(low), min(ord(high), 127) + 1):
            mask |= self._one(chr(code))
        return mask

    def _read_member(self) -> tuple[str | None, int]:
        """The character, and its mask; no character for a class such as `\\d`."""
        character = self._take()
        if character != "\\":
            return character, self._one(character)
        escaped = self._take()
        if not escaped:
            raise PatternInvalid("a '[' is never closed")
        mask = self._escaped(escaped)
        return (None if escaped in _CLASSES else _CONTROLS.get(escaped, escaped)), mask

    def _read_repeats(self, item: Node) -> Node:
        found = self._read_count()
        if found is None:
            return item
        least, most = found
        self._skip("?") or self._skip("+")  # lazy and possessive ones match the same whole names, or fewer
        if self._peek() and self._peek() in "*+?":
            raise PatternInvalid("a repetition is repeated")
        return Repeat(item, least, most)

    def _read_count(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._skip(sign):
                return bounds
        if self._peek() != "{":
            return None
        inside, closed, _ = self._text[self._place + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not (low.isdecimal() or (comma and not low)) or not (high.isdecimal() or not high):
            return None
        self._place += len(inside) + 2
        least = int(low[:4] or 0)
        most = (int(high[:4]) if high else None) if comma else least
        if least > _MOST_REPEATED or (most is not None and (most > _MOST_REPEATED or most < least)):
            raise PatternInvalid(f"a repetition runs from a smaller to a larger number, at most {_MOST_REPEATED}")
        return least, most
