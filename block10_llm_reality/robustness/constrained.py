"""Constrained decoding: at each step only tokens that keep the answer valid JSON are allowed.

The format is a row of parts: fixed bytes such as '{"hero": "', and free strings in between. A
state is (part, bytes done of it). A token is allowed where the format can take all its bytes one
after the other; the end token where all parts are done. So every text that ends is valid, whatever
the model wants, and nothing about its content is promised.
"""

import json
from collections.abc import Sequence

import numpy as np

Array = np.ndarray
LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.'-")
LONGEST = 60  # bytes of a free string
QUOTE = ord('"')
State = tuple[int, int]  # part, bytes done of it
START: State = (0, 0)


class Format:
    """An object with these fields in this order, strings as values, as json.dumps writes it."""

    def __init__(self, fields: Sequence[str], tokens: Sequence[bytes], ends: Sequence[int]):
        """tokens are the bytes of each id, ends the ids that end a text."""
        if not fields or len(set(fields)) < len(fields):
            raise ValueError(f"fields are {list(fields)}: name at least one, each once")
        names = [json.dumps(field) for field in fields]
        literals = [b' {' + f'{names[0]}: "'.encode(), *(f', {n}: "'.encode() for n in names[1:])]
        self.parts: list[bytes | None] = []  # None is a free string with its closing quote
        for literal in literals:
            self.parts += [literal, None]
        self.parts.append(b"}")
        self.tokens, self.ends = list(tokens), list(ends)
        self._masks: dict[State, Array] = {}

    def after(self, state: State | None, content: bytes) -> State | None:
        """The state after these bytes; None where the format does not take them.

        A free string is one byte at least, and its quote ends it.
        """
        for byte in content:
            if state is None or state[0] == len(self.parts):
                return None
            part, done = state
            literal = self.parts[part]
            if literal is not None:
                if byte != literal[done]:
                    return None
                state = (part, done + 1) if done + 1 < len(literal) else (part + 1, 0)
            elif byte == QUOTE and done > 0:
                state = (part + 1, 0)
            elif byte in LETTERS and done < LONGEST:
                state = (part, done + 1)
            else:
                return None
        return state

    def allowed(self, state: State) -> Array:
        """Which tokens may come next: (V,) bool. The masks of states are kept."""
        if state not in self._masks:
            mask = np.array([
                bool(token) and self.after(state, token) is not None for token in self.tokens
            ])
            mask[self.ends] = state[0] == len(self.parts)
            self._masks[state] = mask
        return self._masks[state]

    def mask_after(self, tokens: Sequence[int]) -> Array:
        """The mask after these tokens of the answer. Raises ValueError where they broke it."""
        state = self.after(START, b"".join(self.tokens[n] for n in tokens))
        if state is None:
            raise ValueError("the answer has left the format already: constrain it from its start")
        return self.allowed(state)
