"""Something to correct in a file that describes an integration."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class FileFinding:
    """`line` is 0, and `path` "", for what is about the whole file. `code` is a word for scripts."""

    severity: Literal["error", "warning", "note"]
    code: str
    text: str
    line: int = 0
    path: str = ""
    advice: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
