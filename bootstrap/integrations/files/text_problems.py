"""What is wrong with where a file names a text of its own, a command, or the text of a file of the user."""

from collections.abc import Iterator

from bootstrap.core.key_lines import KeyPath
from bootstrap.integrations.files.checks import FIRST, KMS_KEY, is_list_of
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.inputs_named import holes_in
from bootstrap.integrations.files.lists import entry_of
from bootstrap.integrations.files.reference_problems import texts_in
from bootstrap.integrations.files.structure import REST, Report

_WITH_COMMANDS = ("handoff", "steps"), ("handoff", "later")
_EARLY = {"account", "input", "list", "partition", "region", "table", "vendor"}
"""What is known before there are resources."""


def text_problems(definition: Definition, report: Report) -> None:
    for path, text in texts_in(definition, ()):
        where = tuple(each for each in path if each != REST)
        for reference in holes_in(text):
            for problem, advice in _problems(definition, reference, text, where):
                report(where, f"${{{reference}}}: {problem}", advice)
    for name, entry in definition.texts.items():
        if not entry.first_of:
            report(("texts", name, "first_of"), "is empty", "Write a text.")
        if not 0 <= entry.longest <= 1_000:
            report(("texts", name, "longest"), "must be a number from 0 to 1,000", "")


def _problems(definition: Definition, reference: str, text: str, path: KeyPath) -> Iterator[tuple[str, str]]:
    head, name, *part = reference.split(".") if "." in reference else [reference, ""]
    entry = entry_of(definition, f"{head}.{name}") if head in ("input", "list") else None
    if part[:1] == [KMS_KEY] and not any(each.uses for each in definition.existing.values()):
        yield "is only there in a file that says how roles use buckets", 'Write uses = "read", or "write".'
    if entry and entry.type == "file" and not part:
        yield "is the whole text of a file", "Name a part of it, such as ${input.NAME.PART}."
    if head == "command" and path[:2] not in _WITH_COMMANDS:
        yield "is for the steps of the hand-off", "Write it at the end of a step."
    elif head == "command" and not text.endswith(f"${{{reference}}}"):
        yield "is not at the end of the step, so that nobody sees where the command ends", "Write another step after it."
    if not (path[:1] == ("texts",) or path[:2] == ("handoff", "commands")):
        return
    if head not in {*_EARLY, *(["text"] if path[0] == "handoff" else [])}:
        yield "cannot be named here", "Name inputs, tables, the account or the region."
    elif entry and is_list_of(entry.check, part, of_list=head == "list" or entry.type == "list"):
        yield "is a list", f"Write ${{{reference}.{FIRST}}} for its first value."
