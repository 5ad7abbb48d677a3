"""What is wrong with the inputs of a file, its tables, and its rules across inputs."""

import keyword
from typing import Any

from bootstrap.core.key_lines import KeyPath
from bootstrap.integrations.files.checks import OF_FILES
from bootstrap.integrations.files.examples import check_of, is_required, placeholder
from bootstrap.integrations.files.format import Definition, InputEntry
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.pattern import pattern_problem
from bootstrap.integrations.files.structure import Report

_WORDS = """
accept_edited_state all allowed_signers before_create cage check_chain color context debug delete_data delete_foreign
detach_foreign detailed_exitcode detect_drift dry_run expires explain external_id_later for force format from_stack
given help inputs integration json junit keep_inputs lineage log markdown name named offline only open operator out
output overwrite plan plan_file previous_external_id profile project quiet region replace require_approval resource
restart_vm retag sandbox sarif sign_in since state strict terminate_jobs to verb verbose version write_handoff yes
"""
OPTIONS = frozenset(_WORDS.split())
"""The options and parameters of bootstrap itself, by the names that inputs would have."""
_MEMBERS = frozenset(
    word for each in FileIntegration.__mro__ for word in (*vars(each), *vars(each).get("__annotations__", ()))
)
"""What the class of a file has besides its inputs, which become its fields."""
_ONLY_FOR = {
    "check": ("text", "list", "file"),
    "if_wrong": ("text", "list", "number", "file"),
    "pattern": ("text", "list"),
    "example": ("text", "list", "number"),
    "choices": ("choice",),
    "generated": ("text",),
    "required_when": ("text", "list", "choice", "number"),
    "metavar": ("text", "list", "number", "file"),
}


def input_problems(definition: Definition, report: Report) -> None:
    for name, entry in definition.inputs.items():
        path = ("inputs", name)
        if name in OPTIONS or keyword.iskeyword(name) or name.startswith("no_") or name in _MEMBERS:
            report(path, "is a word that bootstrap uses itself", "Choose another name.")
        elif (other := name.removeprefix("without_")) != name and f"with_{other}" in definition.inputs:
            report(path, f"looks like the contrary of with_{other}, which is another input", "Choose another name.")
        elif not _shape(entry, path, report):
            _values(definition, name, path, report)


def _shape(entry: InputEntry, path: KeyPath, report: Report) -> bool:
    """Whether a key is wrong for the type of the input."""
    found, fits = [], True
    for key, kinds in _ONLY_FOR.items():
        if entry.type not in kinds and getattr(entry, key) != InputEntry.__dataclass_fields__[key].default:
            advice = f'Write type = "{kinds[0]}", or delete {key}.'
            report((*path, key), f"is only for an input of the type {' or '.join(kinds)}", advice)
            fits = False
    if entry.type == "choice" and not entry.choices:
        found.append(("type", "is choice, but there are no choices: add choices = [...]"))
    if entry.type == "file" and entry.check not in OF_FILES:
        found.append(("check", f"must be one for files, whose parts can then be used: {', '.join(OF_FILES)}"))
    elif entry.type != "file" and entry.check in OF_FILES:
        found.append(("check", 'is for an input of the type file: write type = "file"'))
    if entry.type == "file" and entry.default is not None:
        found.append(("default", "is not for a file; optional = true lets the user name none"))
    if entry.check and entry.pattern:
        found.append(("pattern", "cannot be there together with a check"))
    if entry.pattern and (problem := pattern_problem(entry.pattern)):
        found.append(("pattern", problem))
    elif entry.pattern and not entry.example:
        found.append(("pattern", "needs an example, which explains the input to people"))
    if not 0 <= entry.least <= entry.most < 10**9:
        found.append(("most", "must be a number from `least` to 999,999,999"))
    if entry.generated and (entry.pattern or entry.check not in ("", "external_id")):
        found.append(("generated", "is for an external id, or a text without a check"))
    if sum([entry.default is not None, entry.optional, entry.generated, bool(entry.required_when)]) > 1:
        others = "optional, generated or required_when"
        found.append(("default", f"cannot be there together with {others}, nor these with each other"))
    wanted: dict[str, Any] = {"flag": bool, "list": tuple, "number": int}
    if entry.default is not None and type(entry.default) is not wanted.get(entry.type, str):
        found.append(("default", f"does not have the type {entry.type}"))
    for key, problem in found:
        report((*path, key), problem, "")
    return bool(found) or not fits


def _values(definition: Definition, name: str, path: KeyPath, report: Report) -> None:
    """Checks the default and the example as a user's value is checked."""
    entry = definition.inputs[name]
    if entry.type == "flag":
        return
    given = {"default": entry.default, "example": entry.example or placeholder(definition, name)}
    for key, value in given.items():
        for text in value if isinstance(value, tuple) else [] if value is None else [str(value)]:
            try:
                if entry.choices and text not in entry.choices:
                    raise ValueError(f"{text} is not one of {', '.join(entry.choices)}")
                if (check := check_of(entry)) and (right := check(text)) != text:
                    raise ValueError(f"is written {right}")
            except ValueError as error:
                report((*path, key), str(error), "")


def table_problems(definition: Definition, report: Report) -> None:
    for name, table in definition.tables.items():
        path = ("tables", name)
        head, _, decides = table.by.partition(".")
        entry = definition.inputs.get(decides)
        if head == "input" and (
            entry is None or entry.type not in ("text", "choice") or not (is_required(entry) or entry.default)
        ):
            report((*path, "by"), f"{table.by} is not an input of one text that always has a value", "")
        columns = {tuple(sorted(row)) if isinstance(row, dict) else None for row in table.rows.values()}
        if len(columns) != 1:
            report((*path, "rows"), "must have rows, all of them texts or all of them tables with the same keys", "")


def rule_problems(definition: Definition, report: Report) -> None:
    for number, rule in enumerate(definition.rules):
        path = ("rules", number)
        lists = {key: getattr(rule, key) for key in ("requires", "conflicts", "one_of", "any_of")}
        if sum(bool(names) for names in lists.values()) != 1:
            report(path, "must have exactly one of requires, conflicts, one_of and any_of", "")
        for key, names in lists.items():
            for place, name in enumerate(names):
                if name.partition(".")[2] not in definition.inputs:
                    report((*path, key, place), f"there is no {name}", known_inputs(definition))


def question_problems(definition: Definition, report: Report) -> None:
    for number, entry in enumerate(definition.questions):
        path: KeyPath = ("questions", number, "answers")
        if len(entry.answers) < 2:
            report(path, "has fewer than two answers", "Omit the question, or add an answer.")
        for answer, names in entry.answers.items():
            for place, name in enumerate(names):
                if name.partition(".")[2] not in definition.inputs:
                    report((*path, answer, place), f"there is no {name}", known_inputs(definition))


def known_inputs(definition: Definition) -> str:
    return f"The file has: {', '.join(f'input.{name}' for name in definition.inputs) or 'no inputs'}."
