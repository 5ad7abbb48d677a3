"""The tables of the format for the hand-off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bootstrap.integrations.files.entries import when
from bootstrap.integrations.files.keys import COMMAND, LONGEST_FILE, NAME, PLAIN_FILE, key

STEPS = ("steps", "later", "steps_while_waiting", "before_destroy")
"""The keys of the hand-off that have steps."""


@dataclass(frozen=True, kw_only=True)
class FilePart:
    """A part of a file of the hand-off."""

    text: str = key("Its text, with its line breaks.", longest=LONGEST_FILE, lines=True)
    when: str = when()


@dataclass(frozen=True, kw_only=True)
class StepEntry:
    """A step of the hand-off that depends on the inputs."""

    text: str = key("What to do.")
    when: str = when()


@dataclass(frozen=True, kw_only=True)
class HandoffFile:
    """A file of the hand-off: its text, or the parts that it is put together from."""

    text: str = key("Its text.", default="", longest=LONGEST_FILE, lines=True)
    parts: tuple[FilePart, ...] = key("Its parts, one after the other, instead of a text.", default=())
    quote: Literal["", "sql", "json", "shell"] = key(
        "The language of the text: a value is escaped for the quotes around it, and is a plain word where it has none. What "
        "has quotes and names a list is there once for each value, as in ('a', 'b').",
        default="",
    )
    when: str = when()


@dataclass(frozen=True, kw_only=True)
class HopEntry:
    """A role that the vendor assumes on the way in."""

    account: str = key(
        "The account whose credentials it begins with, if not the default one.", default="default", pattern=NAME
    )
    role: str = key("The role's ARN.")
    external_id: str = key("The external id that it requires.", default="")
    buckets: tuple[str, ...] = key("The buckets that it reaches, as NAME or NAME/PREFIX.", default=())


@dataclass(frozen=True, kw_only=True)
class HandoffEntry:
    """What to give to the vendor, and what to do then. A value or step that names what is not there is left out.
    While an external id is rotated, input.previous_external_id is there."""

    values: Mapping[str, str | tuple[str, ...]] = key(
        "Values to paste, by their labels; of several texts, the first that is there.", default={}, names=".{1,100}"
    )
    steps: tuple[str | StepEntry, ...] = key(
        "What to do now, in this order, one sentence or two each; they are numbered.", default=()
    )
    later: tuple[str | StepEntry, ...] = key(
        "What is worth knowing afterward, or helps if something does not work; it stands apart from the steps.", default=()
    )
    regional_sts: bool = key(
        "Whether later says what to do if AWS STS is not active in the region, which the vendor finds out.", default=False
    )
    steps_while_waiting: tuple[str | StepEntry, ...] = key(
        "What to do instead until the vendor has shown what comes later; bootstrap adds the command that completes it.",
        default=(),
    )
    before_destroy: tuple[str | StepEntry, ...] = key("What to do at the vendor before destroy.", default=())
    files: Mapping[str, HandoffFile] = key("Files, by their names.", default={}, names=PLAIN_FILE)
    commands: Mapping[str, Mapping[str, str]] = key(
        "Commands of create with other inputs, by a name: values by the names of the inputs. A text ends with "
        "${command.NAME}, or ${command.destroy}, which is always there.",
        default={},
        names=COMMAND,
    )
    chain: tuple[HopEntry, ...] = key("The roles that the vendor assumes, one after the other.", default=())
