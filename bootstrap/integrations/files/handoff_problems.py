"""What is wrong with the hand-off of a file: names that bootstrap uses itself, and values that a quote could leave."""

from collections.abc import Iterable, Iterator

from bootstrap.core.key_lines import KeyPath
from bootstrap.core.rotation import PREVIOUS_LABEL
from bootstrap.integrations.existing.bucket_policies import FILE
from bootstrap.integrations.files.examples import passes_with
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.handoff import DESTROY, whole
from bootstrap.integrations.files.handoff_entries import HandoffFile
from bootstrap.integrations.files.input_problems import known_inputs
from bootstrap.integrations.files.inputs_named import holes_in, inputs_in, inputs_named
from bootstrap.integrations.files.quoting import ENDINGS, pieces, unread
from bootstrap.integrations.files.structure import Report

VALUES = "values.json"
"""The file with the values, which bootstrap adds to those of the integration."""
_ODD = "'\"; "
_OF_NAMES = "-."
"""Characters of names, which are no part of a plain word of every language."""


def handoff_problems(definition: Definition, report: Report) -> None:
    handoff = definition.handoff
    ours = {VALUES, *(FILE for each in definition.existing.values() if each.uses)}
    _names(handoff.files, ours, ("handoff", "files"), report)
    _names(handoff.values, {PREVIOUS_LABEL}, ("handoff", "values"), report)
    for name, file in handoff.files.items():
        path: KeyPath = ("handoff", "files", name)
        if bool(file.text) is bool(file.parts):
            report(path, "must have a text, or parts", "Write one of them.")
        if file.quote and (odd := unread(whole(file), file.quote)):
            problem = f"has {odd!r:.100}, with which nobody can tell where quotes end"
            report((*path, "text" if file.text else "parts"), problem, "Write it in another way; each quote needs its end.")
        for problem in _unsafe(definition, file) if file.quote else ():
            advice = "Put quotes around ${...}, or give the input a check or a pattern that allows only such words."
            report((*path, "text" if file.text else "parts"), problem, advice)
    for name, inputs in handoff.commands.items():
        path = ("handoff", "commands", name)
        if name == DESTROY or not inputs:
            report(path, "is there without being described" if inputs else "names no input", "")
        for key in inputs:
            entry = definition.inputs.get(key)
            if entry is None or entry.type in ("flag", "file"):
                report((*path, key), "does not name an input that an option gives a text", known_inputs(definition))


def _unsafe(definition: Definition, file: HandoffFile) -> Iterator[str]:
    """Inputs that could hold what the language of the file has no place for, where the file names them."""
    for piece in pieces(whole(file), file.quote):
        for reference in holes_in(piece.text):
            for name in inputs_named(definition, reference):
                for odd in (each for some in (_ODD, _OF_NAMES) for each in passes_with(definition, name, some)):
                    try:
                        piece.escape(odd)
                    except ValueError as error:
                        yield f"puts input.{name} where it could be {odd!r:.100}, which {error}"
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
            for reference in inputs_in(definition, whole(file)):
                if any(True for _ in passes_with(definition, reference, "'\"")):
                    yield name, reference, language
