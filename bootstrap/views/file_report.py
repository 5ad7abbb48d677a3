"""What `bootstrap integrations check` found in files, as text and as data."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core.file_finding import FileFinding
from bootstrap.views.screen import Line

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}

Files = Mapping[str, Sequence[FileFinding]]
"""The findings by the file as the user named it."""


def lines(files: Files) -> Iterator[Line]:
    """One line for each finding, with the file, the line and the key; below it what to do. At the end the count."""
    for name, findings in files.items():
        for item in findings:
            line = Line(item.severity.ljust(8), style=_STYLES[item.severity])
            line.append(f"{name}, line {item.line}: " if item.line else f"{name}: ", "bold")
            yield line.append(f"{item.path}: " if item.path else "", "default").append(
                f"{item.text} [{item.code}]", "default"
            )
            if item.advice:
                yield Line(f"        {item.advice}", style="dim")
    count: Counter[str] = Counter(item.severity for findings in files.values() for item in findings)
    found = [f"{count[word]} {word}{'' if count[word] == 1 else 's'}" for word in _STYLES]
    yield Line(f"{', '.join(found)} in {len(files)} {'file' if len(files) == 1 else 'files'}.", style="bold")


def content_of(files: Files) -> dict[str, Any]:
    count: Counter[str] = Counter(item.severity for findings in files.values() for item in findings)
    return {
        "files": [{"file": name, "findings": [item.as_json() for item in found]} for name, found in files.items()],
        "summary": {word: count[word] for word in _STYLES},
    }
