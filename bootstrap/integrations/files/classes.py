"""The way from the definition in a file to its `Integration` class."""

from dataclasses import make_dataclass
from typing import Any

from bootstrap.core.deviation import Deviation
from bootstrap.core.input import Choice
from bootstrap.core.integration import option
from bootstrap.core.place import Place
from bootstrap.integrations.files.buckets import FileWithBuckets, users_of
from bootstrap.integrations.files.entries import QuestionEntry
from bootstrap.integrations.files.examples import check_of, is_required
from bootstrap.integrations.files.format import Definition, InputEntry
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.parts import Part


def class_of(definition: Definition, parts: tuple[Part, ...], place: Place, digest: str) -> type[FileIntegration]:
    """The integration that the file describes. `place` is the whole file."""
    users = users_of(definition)
    base = FileWithBuckets if users else FileIntegration
    fields = [(name, *_field(entry)) for name, entry in definition.inputs.items()]
    described = {
        "name": definition.name,
        "title": definition.title,
        "pages": tuple(page.url for page in definition.pages),
        "deviations": tuple(Deviation(**vars(each)) for each in definition.deviations),
        "alternatives": tuple(map(_choice, definition.questions)),
        "partition": definition.partition,
        "handoff_files": (*definition.handoff.files, *base.handoff_files),
        "unverified": definition.unverified,
        "costs": definition.costs,
        "side_effects": definition.side_effects,
        "vendor": definition.vendor,
        "vendor_accounts": {each.id: each.page for each in definition.vendor_accounts.values()},
        "definition": definition,
        "parts": parts,
        "place": place,
        "file": place.file,
        "digest": digest,
        "__doc__": definition.title,
        "__module__": __name__,
    }
    if users:
        described["using"] = users
    found: type[FileIntegration] = make_dataclass(
        "FromFile", fields, bases=(base,), namespace=described, frozen=True, kw_only=True
    )
    return found


def _choice(entry: QuestionEntry) -> Choice:
    ways = {answer: tuple(name.partition(".")[2] for name in names) for answer, names in entry.answers.items()}
    return Choice(entry.question, ways, exclusive=entry.exclusive)


def _field(entry: InputEntry) -> tuple[Any, Any]:
    """The type of the field, and what it is as an option."""
    about: dict[str, Any] = {
        "question": entry.question,
        "generated": entry.generated,
        "after": entry.origin == "vendor-after",
        "with_id": entry.origin == "vendor-with-id",
    }
    if entry.type != "flag":
        about |= {"check": check_of(entry), "choices": entry.choices, "metavar": _metavar(entry), "advice": entry.if_wrong}
        about |= {"file": entry.type == "file"}
    if entry.type == "flag":
        return bool, option(entry.help, default=bool(entry.default), **about)
    if entry.type == "list":
        default: dict[str, Any] = {} if is_required(entry) else {"default": entry.default or ()}
        return tuple[str, ...], option(entry.help, **about, **default)
    if entry.default is not None:
        return str, option(entry.help, default=str(entry.default), **about)
    if not is_required(entry):
        return str | None, option(entry.help, default=None, **about)
    return str, option(entry.help, **about)


def _metavar(entry: InputEntry) -> str:
    return {"number": "NUMBER", "file": "FILE"}.get(entry.type, "TEXT") if entry.metavar == "TEXT" else entry.metavar
