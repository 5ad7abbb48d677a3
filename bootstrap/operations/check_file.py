"""Check a file that describes an integration: what the reader refuses, what the linter finds, and what nobody explains."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import islice
from typing import Any

from bootstrap.core.file_finding import FileFinding
from bootstrap.core.graph import Graph
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.place import shown_path
from bootstrap.errors import UsageError
from bootstrap.integrations.files.external_id_problems import external_ids
from bootstrap.integrations.files.format import ResourceEntry
from bootstrap.integrations.files.handoff_problems import unquoted
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.read import examined
from bootstrap.integrations.files.scope import Scope
from bootstrap.integrations.files.statements import HARDEN
from bootstrap.integrations.files.trial import most_variants
from bootstrap.integrations.files.variants import conditions, variants
from bootstrap.permissions.graph_lint import graph_findings

NOT_STATED = "not stated in the template"
"""The reason that a draft has where its template gives none."""
_REFERENCE = re.compile(r"\b(input|list|table|text|vendor)\.([a-z][a-z0-9_]*)")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_PEOPLE = {"help", "question", "title", "notes", "unverified", "costs", "why", "say", "doc"}
"""Keys with texts for people, in which a reference would be none."""


def check_file(path: str) -> list[FileFinding]:
    """All findings, in the order of the lines. Raises UsageError for a file that cannot be opened."""
    found, problems = examined(path)
    wrong = [FileFinding("error", "format", item.text, item.line, item.path, item.advice) for item in problems]
    more = [*_lint(found), *_unexplained(found), *_unused(found), *_unproven(found), *_unquoted(found)] if found else []
    return sorted(dict.fromkeys([*wrong, *more]), key=lambda item: (item.line, item.path))


def _lint(kind: type[FileIntegration]) -> Iterator[FileFinding]:
    """What the linter finds in the policies of the examples, at the statements of the file; and what no example has."""
    statements = [(each.sid, path) for part in kind.parts for path, each in part.statements()]
    left = {each.path: each.texts for each in conditions(kind.definition)}
    seen = set[str]()
    for variant in islice(variants(kind.definition), most_variants(kind.definition, kind.parts)):
        try:
            integration = kind(**variant.values)
            graph = Graph([variant.account(alias) for alias in integration.sign_ins])
            built = integration.built(graph)
        except UsageError:
            continue  # a rule forbids these inputs together
        scope = Scope(kind.definition, integration.values, graph, graph.account(), {})
        left = {path: texts for path, texts in left.items() if not _holds(texts, scope)}
        if (same := repr([built.statements, [graph.predicted(node) for node in graph.nodes.values()]])) in seen:
            continue
        seen.add(same)
        for address, item in graph_findings(graph, built.statements):
            owner = address if address in kind.definition.resources else address.rpartition("-")[0]
            place = _place([path for sid, path in statements if sid == item.sid], owner, item.where)
            yield _finding(kind, item.severity, item.code, place, item.text)
    for path, texts in left.items():
        text = f"was not checked: no example was found in which this holds: {' and '.join(texts)}"
        yield _finding(kind, "warning", "unchecked", path, text, "Make the condition simpler, or delete what it is about.")


def _holds(texts: Iterable[str], scope: Scope) -> bool:
    """Whether all conditions hold, in one of the loops at least."""
    lists = {f"input.{name}" for name, value in scope.inputs.items() if isinstance(value, tuple)}
    lists |= {f"list.{name}" for name in scope.definition.lists}
    scopes = [one for text in texts if text in lists for one in scope.loops(text)]
    return any(all(one.holds(text) for text in texts) for one in scopes or [scope])


def _place(paths: list[KeyPath], address: str, where: str) -> KeyPath:
    """Of the statements with one sid, the one that the finding is about: it names the document if there are several, by the
    name of the policy in the file, or by the address of an attached policy."""
    document = where.partition(": ")[0]
    fits = [path for path in paths if document in path[2:-1] and path[1] == address]
    fits += [path for path in paths if path[1] == document]
    fits += [path for path in paths if path[1] == address]
    return next(iter([*fits, *paths]), ("resources", address))


def _unexplained(kind: type[FileIntegration]) -> Iterator[FileFinding]:
    """Permissions that nobody explains."""
    for part in kind.parts:
        explained = [(path, each.why, each.page, "why") for path, each in part.statements()]
        if isinstance(part.entry, ResourceEntry) and "why" in part.kind.__dataclass_fields__:
            explained.append((part.path, part.entry.purpose, part.entry.page, "purpose"))
        for path, reason, page, key in explained:
            if reason.strip() in ("", NOT_STATED):
                text = "does not say why the vendor needs it"
                yield _finding(kind, "warning", "no-reason", path, text, f"Write the vendor's reason into {key}.")
            elif not page.startswith("https://"):
                text = "names no page that asks for it"
                yield _finding(kind, "warning", "no-page", path, text, "Write the address of the vendor's page into page.")
    if not kind.definition.pages:
        text = "names no page of the vendor"
        yield _finding(kind, "warning", "no-page", ("pages",), text, "Add [[pages]], with url and seen.")


def _unused(kind: type[FileIntegration]) -> Iterator[FileFinding]:
    """Inputs, lists, tables and accounts of the vendor that nothing refers to."""
    content = kind.definition
    texts = list(_texts(replace(content, vendor_accounts={})))
    used = {(found[1], found[2]) for text in texts for found in _REFERENCE.finditer(text)}
    used |= {("vendor", name) for name, each in content.vendor_accounts.items() if any(each.id in text for text in texts)}
    used |= {("input", name) for each in content.accounts.values() for name in (each.profile, each.role_arn)}
    used |= {("input", each.limited_by) for each in content.deviations} | {("input", HARDEN)}
    known: Mapping[str, tuple[str, Mapping[str, Any]]] = {
        "input": ("inputs", content.inputs),
        "list": ("lists", content.lists),
        "table": ("tables", content.tables),
        "text": ("texts", content.texts),
        "vendor": ("vendor_accounts", content.vendor_accounts),
    }
    for head, (table, entries) in known.items():
        for name in entries:
            if (head, name) not in used:
                text = "is not used by anything"
                yield _finding(kind, "warning", "unused", (table, name), text, f"Use ${{{head}.{name}}}, or delete it.")


def _unproven(kind: type[FileIntegration]) -> Iterator[FileFinding]:
    """Accounts that a statement lets in by their number, of which nothing says whose they are."""
    proven = {each.id for each in kind.definition.vendor_accounts.values()}
    for part in kind.parts:
        for path, each in part.statements():
            named = {number for names in each.principals.values() for name in names for number in _ACCOUNT.findall(name)}
            for number in sorted(named - proven) if each.effect == "Allow" else ():
                text = f"lets in the account {number}, and nothing says whose it is"
                advice = "Add it as [vendor_accounts.NAME], with the page that names it, and write ${vendor.NAME}."
                yield _finding(kind, "warning", "unproven-account", path, text, advice)


def _unquoted(kind: type[FileIntegration]) -> Iterator[FileFinding]:
    """Files of the hand-off in which a value could end its quotes, and go on as something else; and external ids that are
    the same for every customer."""
    for name, reference, language in unquoted(kind.definition):
        text = f"puts input.{reference} into it as it is, and its check lets quotes through"
        yield _finding(kind, "warning", "unquoted", ("handoff", "files", name), text, f'Add quote = "{language}".')
    for path, value in external_ids(kind.parts):
        if "${" not in value:
            text = "is the same for every customer, and then keeps nobody out"
            yield _finding(kind, "warning", "fixed-external-id", path, text, "Use ${input.external_id}.")


def _texts(value: Any) -> Iterator[str]:
    """All texts in which something can be referred to."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for pair in value.items() for each in pair for text in _texts(each))
    elif isinstance(value, (list, tuple)):
        yield from (text for each in value for text in _texts(each))
    elif is_dataclass(value):
        named = (getattr(value, item.name) for item in fields(value) if item.name not in _PEOPLE)
        yield from (text for each in named for text in _texts(each))


def _finding(
    kind: type[FileIntegration], severity: Any, code: str, path: KeyPath, text: str, advice: str = ""
) -> FileFinding:
    return FileFinding(severity, code, text, kind.place.at(*path).line, shown_path(path), advice)
