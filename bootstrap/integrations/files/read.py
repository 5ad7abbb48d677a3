"""The way from a file to its integration. A file is read once in a run, unless it changes."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.core.place import Place, parsed_toml, shown_path
from bootstrap.core.strict_json import is_deeper, strict_json
from bootstrap.errors import UsageError
from bootstrap.integrations.files import problems
from bootstrap.integrations.files.classes import class_of
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.keys import DEEPEST, LARGEST
from bootstrap.user_files import read

ENDINGS = (".toml", ".json")


class FileProblem(NamedTuple):
    """One thing that is wrong with a file; line 0 and no path if it is about the whole file."""

    line: int
    path: str
    text: str
    advice: str


def load(path: str, *, tried: bool = True) -> type[FileIntegration]:
    """The integration that the file describes. Raises UsageError for what is wrong with it.

    Without `tried`, it is trusted: only keys and types are checked. A test has checked and tried the files of this package.
    """
    return from_content(path, _bytes(path), tried=tried)


def from_content(path: str, content: bytes, *, tried: bool = True) -> type[FileIntegration]:
    """As `load`, for a file with this content."""
    found, wrong = _loaded(path, content, tried)
    if found and not wrong:
        return found
    first = wrong[0]
    where = f"{path}, line {first.line}" if first.line else path
    others = len(wrong) - 1
    rest = f" ({others} more problem{'s' if others > 1 else ''})" if others else ""
    raise UsageError(
        f"{where}: {first.path + ': ' if first.path else ''}{first.text}{rest}", first.advice or "Correct it there."
    )


def examined(path: str) -> tuple[type[FileIntegration] | None, Sequence[FileProblem]]:
    """All that is wrong with the file, in the order of its lines, and what it describes unless that cannot be built. Raises
    UsageError if it cannot be opened."""
    return _loaded(path, _bytes(path), True)


def _bytes(path: str) -> bytes:
    try:
        return read(Path(path), LARGEST)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}", "Name another file.") from error


@lru_cache(maxsize=64)
def _loaded(path: str, raw: bytes, tried: bool) -> tuple[type[FileIntegration] | None, tuple[FileProblem, ...]]:
    is_json = path.endswith(".json")
    try:
        text = raw.decode()
        if "\0" in text or text.startswith("\ufeff"):
            raise ValueError("it begins with a byte order mark, or has a NUL; save it as plain UTF-8")
        content: Any = strict_json(text, DEEPEST) if is_json else parsed_toml(text)
        if is_deeper(content, DEEPEST):
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        advice = "Texts are in quotes." if "Invalid value" in why else "Correct it there."
        return None, (FileProblem(0, "", f"it is not {'JSON' if is_json else 'TOML'}: {why}", advice),)
    place = Place(path, text)
    found = problems.read(content, tried=tried)
    wrong = [
        FileProblem(place.at(*each.path).line, shown_path(each.path), each.text, each.advice) for each in found.problems
    ]
    kind = class_of(found.definition, found.parts, place, sha256(raw).hexdigest()) if found.definition else None
    return kind, tuple(sorted(wrong, key=lambda each: each.line))
