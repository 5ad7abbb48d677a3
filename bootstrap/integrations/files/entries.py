"""Tables of the format that are short, and the keys that many of its tables have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.integrations.files.keys import WORD, key

BARE_KEYS = "keys"
"""In a list, the KMS keys that the user names for no certain bucket."""
INPUT = "input\\." + WORD
_ID = "[0-9]{12}"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_URL = r"https://[^\s\"'<>]+"


def when() -> Any:
    return key('Only if this holds, such as input.bucket, or input.access == "write" and not input.harden.', default="")


def for_each() -> Any:
    return key(
        "One for each value of this list (input.NAME or list.NAME); ${each} is the value.",
        default="",
        pattern=f"(input|list)\\.{WORD}",
    )


@dataclass(frozen=True, kw_only=True)
class VendorAccount:
    """An AWS account of the vendor: ${vendor.NAME} is its id."""

    id: str = key("The account's id, 12 digits.", pattern=_ID)
    page: str = key("The page that proves whose account it is.", pattern=_URL)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the vendor that the file follows."""

    url: str = key("Its address.", pattern=_URL)
    seen: str = key("When it was read, as 2026-11-26.", pattern=_DATE)
    sha256: str = key("The SHA-256 of a list that was taken from it.", default="", pattern="[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class ListPart:
    """A part of a list that is made of inputs: ${list.NAME} has the values of all parts, each value once. The inputs of a
    list have the same check."""

    value: str = key(
        "The input that it is (input.NAME); or keys: the KMS keys of --kms-key that are for no certain bucket. The file "
        "then grants these itself, for all data; bootstrap would grant them through S3 only.",
        pattern=f"{INPUT}|{BARE_KEYS}",
    )
    when: str = when()


@dataclass(frozen=True, kw_only=True)
class QuestionEntry:
    """A question at the terminal that comes before those of the inputs: its answer says which inputs are asked for. The
    first answer is the default."""

    question: str = key("What a person is asked.")
    answers: Mapping[str, tuple[str, ...]] = key(
        "The answers, each with the inputs that it needs (input.NAME).", names=".{1,100}", pattern=INPUT
    )
    exclusive: bool = key("Whether an input of one answer discards what the last run had for the others.", default=True)


@dataclass(frozen=True, kw_only=True)
class TextEntry:
    """A text that the file needs in several places: ${text.NAME}."""

    first_of: tuple[str, ...] = key("Texts with ${...}: the first that names nothing that is missing.")
    longest: int = key("So many characters of it are kept at most; 0 is all.", default=0)
