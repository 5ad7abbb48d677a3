"""What `bootstrap lint` found, as text and as data."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bootstrap.errors import BootstrapError
from bootstrap.permissions.lint import SEVERITIES, Finding, Kind
from bootstrap.views.screen import Line

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


@dataclass(frozen=True)
class File:
    """A document with its `characters` as AWS counts them, or a file that could not be read. `path` is that of the file,
    `place` that of the document in it, and `lines` are those of the file, by path in it."""

    name: str
    kind: Kind = "identity"
    characters: int = 0
    findings: tuple[Finding, ...] = ()
    error: BootstrapError | None = None
    path: str = ""
    place: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)


def lines(files: Sequence[File]) -> Iterator[Line]:
    """One line for each finding, below the name of its file; at the end the count by severity."""
    read = [file for file in files if not file.error]
    for file in read:
        yield Line(f"{file.name}: {file.kind} policy, {file.characters:,} characters", style="bold")
        for item in file.findings:
            place = f"{item.sid} ({item.where})" if item.sid else item.where
            line = Line(f"  {item.severity:<8}", style=_STYLES[item.severity])
            yield (
                line.append(f"{place}: " if place else "", "default")
                .append(item.text, "default")
                .append(f" [{item.code}]", "dim")
                .append(f" Reason: {item.why}" if item.why else "", "default")
            )
    if read:
        count = _count(files)
        found = [f"{count[word]} {word}{'' if count[word] == 1 else 's'}" for word in SEVERITIES]
        yield Line(f"{', '.join(found)} in {len(read)} {'policy' if len(read) == 1 else 'policies'}.", style="bold")


def content_of(files: Sequence[File], date: str, source: str) -> dict[str, Any]:
    count = _count(files)
    return {
        "files": [
            {"file": file.name, "error": {"message": file.error.message, "advice": file.error.advice}}
            if file.error
            else {
                "file": file.name,
                "kind": file.kind,
                "characters": file.characters,
                "findings": [item.as_json() for item in file.findings],
            }
            for file in files
        ],
        "summary": {**{word: count[word] for word in SEVERITIES}, "unreadable": sum(bool(file.error) for file in files)},
        "table": {"date": date, "source": source},
    }


def _count(files: Sequence[File]) -> Counter[str]:
    return Counter(item.severity for file in files for item in file.findings)
