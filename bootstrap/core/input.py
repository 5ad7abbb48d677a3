"""One input of an integration, as the command line and an inputs file see it. Pure."""

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bootstrap.core import validators
from bootstrap.core.strict_json import repeated
from bootstrap.errors import UsageError

LONGEST_VALUE = 100_000
"""Characters of one value; the longest is a policy, of which AWS takes 20,480."""
MOST_VALUES = 1_000
"""Values of one input. More names than that stand in no policy."""
Check = Callable[[str], str]


@dataclass(frozen=True)
class Choice:
    """A question at the terminal, and the answers in the user's words, each with the inputs that it takes. A way without
    inputs is what happens when none of the others is given. `accounts`: the answer decides who signs in where, so it is
    asked before. `exclusive`: an input of one way makes those of the others moot, also where the last run had them."""

    question: str
    ways: Mapping[str, tuple[str, ...]]
    accounts: bool = False
    exclusive: bool = True

    @property
    def names(self) -> set[str]:
        """All inputs that it is about."""
        return {name for way in self.ways.values() for name in way}


@dataclass(frozen=True)
class Input:
    """One input as the command line sees it."""

    name: str
    help: str
    metavar: str
    kind: Literal["text", "flag", "list"]
    required: bool
    default: Any
    check: Check | None
    file: bool
    choices: tuple[str, ...]
    generated: bool
    keyed: bool
    shared: bool
    """Every integration has it."""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    def checked(self, value: Any) -> Any:
        """`value`, trimmed and verified. Raises UsageError that names the flag."""
        match self.kind:
            case "flag":
                if not isinstance(value, bool):
                    raise UsageError(f"{self.flag}: must be true or false, not {reprlib.repr(value)}")
                return value
            case "list":
                values = value if isinstance(value, (list, tuple)) else [value]
                if len(values) > MOST_VALUES:
                    raise UsageError(f"{self.flag}: is given {len(values):,} times; {MOST_VALUES:,} is the most")
                found = tuple(dict.fromkeys(self._one(item) for item in values))
                if self.keyed and (twice := repeated(item.partition("=")[0] for item in found)):
                    raise UsageError(f"{self.flag}: {twice} is given twice, with different values", "Keep one of the two.")
                return found
        return value if value is None and not self.required else self._one(value)

    def _one(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):  # as a number may stand in an inputs file
            value = str(value) if abs(value) < 10**30 else None
        if not isinstance(value, str):
            raise UsageError(f"{self.flag}: must be text, not {reprlib.repr(value)}")
        if len(value) > LONGEST_VALUE:
            raise UsageError(f"{self.flag}: has {len(value):,} characters; {LONGEST_VALUE:,} is the most")
        value = value.strip()
        if self.choices and value not in self.choices:
            raise UsageError(f"{self.flag}: {value!r} is not one of {', '.join(self.choices)}")
        try:
            value = self.check(value) if self.check else value
            return validators.without_references(value) if self.file else validators.literal(value)
        except ValueError as error:
            raise UsageError(f"{self.flag}: {error}") from error
