"""One input of an integration, as the command line and an inputs file see it. Pure."""

import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from typing import Any, Literal

from bootstrap.core import commands, validators
from bootstrap.core.external_id import is_example
from bootstrap.core.strict_json import repeated
from bootstrap.core.trust_policy import external_ids_in
from bootstrap.errors import UsageError, lines

LONGEST_VALUE = 100_000
"""Characters in one value; the longest is a policy, for which AWS allows 20,480."""
MOST_VALUES = 1_000
"""Values of one input. No policy can hold more names than that."""
Check = Callable[[str], str]
Table = Callable[[Mapping[str, Any]], str]
EXTERNAL_ID = "external_id"
"""The input of this name can be given later (`pending.py`) and rotated (`rotation.py`), with these two:"""
LATER, PREVIOUS = f"{EXTERNAL_ID}_later", f"previous_{EXTERNAL_ID}"


def option(
    help: str,
    *,
    default: Any = MISSING,
    metavar: str = "TEXT",
    check: Check | None = None,
    file: bool = False,
    choices: Sequence[str] = (),
    generated: bool = False,
    keyed: bool = False,
    question: str = "",
    after: bool = False,
    with_id: bool = False,
    advice: str = "",
    table: Table | None = None,
) -> Any:
    """A field that is an input: `--like-this` on the command line, `like_this` in an inputs file. `help` starts with a verb.

    Its type is str, bool, `str | None` or `tuple[str, ...]` (repeatable). `check` trims and verifies one value, and raises
    ValueError with a sentence for the user; `validators.literal` then applies to all but files. `file` means that the user
    names a file and the field gets its text; `generated` that bootstrap generates a random value if none is given, which
    then stays; `keyed` that its values are KEY=VALUE, with each key only once. `question` is what a person is asked for it.
    `after` means that the vendor shows it only once it has the role's ARN: a create without it locks the role. `with_id`
    means that the vendor shows it beside the external id, with which it may then come later. `advice` is what the user can
    do if the check refuses the value. `table` makes the text of the file of a table in a file of
    inputs, and raises ValueError.
    """
    metadata: dict[str, Any] = {
        "help": help,
        "metavar": metavar,
        "check": check,
        "file": file,
        "choices": tuple(choices),
        "generated": generated,
    }
    metadata |= {"keyed": keyed, "question": question, "after_create": after, "with_id": with_id, "advice": advice}
    metadata["table"] = table
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Choice:
    """A question at the terminal, and the answers in the user's words (`ways`), each with the inputs it needs. The first way
    is the default. With `accounts`, the answer decides which accounts to sign in to, so it is asked before signing
    in. With `exclusive`, an input of one way overrides those of the other ways, even if the last run had them."""

    question: str
    ways: Mapping[str, tuple[str, ...]]
    accounts: bool = False
    exclusive: bool = True

    @property
    def names(self) -> set[str]:
        """All inputs of its answers."""
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
    question: str
    """What a person at the terminal is asked; "" where nobody ever is."""
    shared: bool
    """Whether every integration has it."""
    after_create: bool = False
    """Whether the vendor shows it only once it has the role's ARN."""
    with_id: bool = False
    """Whether the vendor shows it beside the external id."""
    advice: str = ""
    """What the user can do if the check refuses the value."""
    table: Table | None = None
    """Makes the text of the file of a table in a file of inputs."""
    page: str = ""
    """The vendor's page about the integration."""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def negative_flag(self) -> str:
        """The option that says no."""
        name = self.flag[2:]
        return f"--with-{name.removeprefix('without-')}" if name.startswith("without-") else f"--no-{name}"

    def words(self, value: Any) -> list[str]:
        """The words of a command line that give it this value."""
        if self.kind == "flag":
            return [self.flag if value else self.negative_flag]
        return [word for text in (value if self.kind == "list" else [value]) for word in commands.option(self.flag, text)]

    def given(self, value: Any) -> Any:
        """As `checked`, for a value that somebody gives now. An external id that only stands for one is refused, wherever it
        was copied from: whoever has read the same page could use the role. One that a rotation replaces may be any."""
        if self.name != PREVIOUS and (self.name == EXTERNAL_ID or self.check is validators.external_id or self.file):
            texts = value if isinstance(value, (list, tuple)) else [value]
            ids = [
                each for text in texts if isinstance(text, str) for each in (external_ids_in(text) if self.file else [text])
            ]
            if found := next(filter(is_example, ids), None):
                where = f"{self.question} Give that one." if self.question else self.help
                where = "Omit it, and one is generated." if self.generated else where
                raise UsageError(
                    f"{self.flag}: {found!r} only stands for an external id, and anybody could guess it",
                    lines(where, f"The vendor's page: {self.page}" if self.page else ""),
                )
        return self.checked(value)

    def checked(self, value: Any) -> Any:
        """The value, trimmed and verified. Raises UsageError, which names the flag."""
        match self.kind:
            case "flag":
                if not isinstance(value, bool):
                    raise UsageError(f"{self.flag}: must be true or false, not {reprlib.repr(value)}")
                return value
            case "list":
                values = value if isinstance(value, (list, tuple)) else [value]
                if len(values) > MOST_VALUES:
                    raise UsageError(f"{self.flag}: is given {len(values):,} times; at most {MOST_VALUES:,} are allowed")
                found = tuple(dict.fromkeys(self._one(item) for item in values))
                if self.keyed and (twice := repeated(item.partition("=")[0] for item in found)):
                    raise UsageError(f"{self.flag}: {twice} is given twice, with different values", "Keep one of the two.")
                return found
        return value if value is None and not self.required else self._one(value)

    def _one(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):  # an inputs file may have a number
            value = str(value) if abs(value) < 10**30 else None
        if not isinstance(value, str):
            raise UsageError(f"{self.flag}: must be text, not {reprlib.repr(value)}")
        if len(value) > LONGEST_VALUE:
            raise UsageError(f"{self.flag}: has {len(value):,} characters; at most {LONGEST_VALUE:,} are allowed")
        value = value.strip()
        if self.choices and value not in self.choices:
            raise UsageError(f"{self.flag}: {value!r} is not one of {', '.join(self.choices)}")
        try:
            value = self.check(value) if self.check else value
            return validators.without_references(value) if self.file else validators.literal(value)
        except ValueError as error:
            raise UsageError(f"{self.flag}: {error}", self.advice) from error
