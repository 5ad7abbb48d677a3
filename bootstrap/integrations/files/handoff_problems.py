"""What is wrong with the hand-off of a file: names that bootstrap uses itself, and values that a quote could leave."""

from collections.abc import Iterable, Iterator

from bootstrap.core.key_lines import KeyPath
from bootstrap.core.rotation import PREVIOUS_LABEL
from bootstrap.integrations.existing.bucket_policies import FILE
from bootstrap.integrations.files.examples import passes_with
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.quoting import ENDINGS, pieces
from bootstrap.integrations.files.structure import Report
from bootstrap.integrations.files.template import holes

VALUES = "values.json"
"""The file with the values, which bootstrap adds to those of the integration."""
_ODD = "'\"; "


def handoff_problems(definition: Definition, report: Report) -> None:
    handoff = definition.handoff
    ours = {VALUES, *(FILE for each in definition.existing.values() if each.uses)}
    _names(handoff.files, ours, ("handoff", "files"), report)
    _names(handoff.values, {PREVIOUS_LABEL}, ("handoff", "values"), report)
    for name, file in handoff.files.items():
        for text, escape in pieces(file.text, file.quote) if file.quote else ():
            for reference in _inputs(text, definition):
                for odd in passes_with(definition, reference, _ODD):
                    try:
                        escape(odd)
                    except ValueError as error:
                        told = f"puts input.{reference} where it could be {odd!r:.100}, which {error}"
                        advice = (
                            "Put quotes around ${...}, or give the input a check or a pattern that allows only such words."
                        )
                        report(("handoff", "files", name, "text"), told, advice)
                        break


def _names(names: Iterable[str], ours: Iterable[str], path: KeyPath, report: Report) -> None:
    """Many file systems, and `bootstrap outputs`, do not tell capitals from small letters."""
    what = "is the name of a file that bootstrap writes itself" if path[-1] == "files" else "is a label of bootstrap's own"
    taken = {name.casefold(): what for name in ours}
    for name in names:
        if problem := taken.get(name.casefold()):
            report((*path, name), problem, "Choose another name.")
        taken.setdefault(name.casefold(), f"differs from {name} only in capital letters")


def unquoted(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """Inputs that may hold quotes, in files that have a language and do not say so: (file, input, language)."""
    for name, file in definition.handoff.files.items():
        language = next((each for end, each in ENDINGS.items() if name.lower().endswith(end)), "")
        if language and not file.quote:
            for reference in _inputs(file.text, definition):
                if any(True for _ in passes_with(definition, reference, "'\"")):
                    yield name, reference, language


def _inputs(text: str, definition: Definition) -> list[str]:
    """The inputs that a text names."""
    try:
        found = [reference.split(".") for reference in holes(text)]
    except ValueError:
        return []
    return list(dict.fromkeys(words[1] for words in found if words[0] == "input" and words[1] in definition.inputs))
