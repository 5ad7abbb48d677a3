"""The registry: one vendor per package or file. Every Integration subclass in this folder is an integration, and so is every
file in `catalog/`; nothing is registered. `sources.py` finds those of others.

`existing/` is what several vendors share about resources that the customer already has.
"""

import importlib
import inspect
import os
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from bootstrap.core.integration import Integration
from bootstrap.core.near import did_you_mean
from bootstrap.core.source import FLEET
from bootstrap.core.state import State
from bootstrap.errors import BootstrapError, UsageError
from bootstrap.integrations.sources import OURS as OURS, VARIABLE, Found, catalog, is_file as is_file, load, outside


def integrations() -> dict[str, type[Integration]]:
    """All integrations, by the name that `--integration` takes. Raises UsageError for one that is broken, or for two of the
    same name."""
    return {name: one.load() for name, one in _all().items()}


def listed() -> dict[str, type[Integration] | BootstrapError]:
    """All integrations; in place of one that cannot be used, why."""
    found: dict[str, type[Integration] | BootstrapError] = {}
    for name, one in _all().items():
        try:
            found[name] = one.load()
        except BootstrapError as error:
            found[name] = error
    return found


def names() -> list[str]:
    """The names of all, of which only those that are code of this package are loaded."""
    return list(_all())


def origins() -> dict[str, str]:
    """Where each comes from: `OURS`, a file or a Python package."""
    return {name: one.where for name, one in _all().items()}


def find(word: str) -> type[Integration] | None:
    """The integration of this name, or in this file; None for an unknown name. Raises UsageError for a broken file, or for a
    name that two have.

    A file of the catalog is found without an import. One that is code is looked for in its vendor's package first: to import
    all of them takes a tenth of a second.
    """
    if is_file(word) and not word.endswith(FLEET):
        return load(word)
    vendor = f"{__name__}.{word.partition('-')[0]}"
    found = [each for each in catalog() if each.name == word]
    close = [module for module in _modules() if module == vendor or module.startswith(f"{vendor}.")] if not found else []
    found = found or [each for each in _in_modules(close) if each.name == word]
    found = found or [each for each in _in_modules(_modules()) if each.name == word]
    one = _one([*found, *(each for each in outside() if each.name == word)])
    return one.load() if one else _fleet(word)


def _fleet(word: str) -> type[Integration] | None:
    """The integration that the word names, made in many accounts. Raises UsageError."""
    single = word.removesuffix(FLEET)
    found = find(single) if single not in (word, "") else None
    if found is None:
        return None
    from bootstrap.integrations.fleets import in_many_accounts

    return in_many_accounts(found)


def integration(word: str) -> type[Integration]:
    """The integration of this name, or in this file. Raises UsageError, which lists all names, for an unknown one."""
    if found := find(word):
        return found
    known = names()
    hint = f"Did you mean ./{word}.toml? " if Path(f"{word}.toml").is_file() else did_you_mean(word, known)
    raise UsageError(f"there is no integration {word!r}", f"{hint}There are: {', '.join(known)}.")


def name_of(word: str) -> str:
    """The name of the integration that the word names. Raises UsageError."""
    if word.endswith(FLEET):
        return name_of(word.removesuffix(FLEET)) + FLEET
    return load(word).name if is_file(word) else word


def same(word: str, other: str) -> bool:
    """Whether two words name the same integration: by the same name, or by the same file."""
    if word.endswith(FLEET) and other.endswith(FLEET):
        return same(word.removesuffix(FLEET), other.removesuffix(FLEET))
    return word == other or (is_file(word) and is_file(other) and os.path.realpath(word) == os.path.realpath(other))


def recorded(state: State) -> type[Integration]:
    """The integration of a state. Raises UsageError."""
    if missing := missing_file(state):
        raise UsageError(missing, "Put it back, or say where it is now, with --integration FILE.")
    return integration(state.word)


def missing_file(state: State) -> str:
    """A sentence about the file of the integration, if create needs it and it is not there; else ""."""
    if not state.source:
        return ""
    with suppress(OSError, ValueError):  # somebody may have edited the state: the path may be none
        if Path(state.source.path).exists():
            return ""
    return f"The file of deployment {state.deployment} is not there: {state.source.path}"


def still_recorded(state: State) -> type[Integration] | None:
    """The integration of a state as the last create used it; None if its file is gone or has changed, or if this version
    does not have it."""
    with suppress(BootstrapError):
        found = find(state.word)
        return found if found and (found.name, found.digest) == (state.integration, _digest(state)) else None
    return None


def _digest(state: State) -> str:
    return state.source.sha256 if state.source else ""


def _all() -> dict[str, Found]:
    found: dict[str, list[Found]] = {}
    for each in (*_in_modules(_modules()), *catalog(), *outside()):
        found.setdefault(each.name, []).append(each)
    return {name: one for name, same in sorted(found.items()) if (one := _one(same))}


def _one(found: Sequence[Found]) -> Found | None:
    if len(found) > 1:
        raise UsageError(
            f"two integrations are called {found[0].name}: one of {found[0].where}, and one of {found[1].where}",
            f"Rename or remove one; {VARIABLE} names folders with integrations.",
        )
    return found[0] if found else None


def _in_modules(modules: Iterable[str]) -> Iterator[Found]:
    for module in modules:
        yield from (Found(each.name, OURS, partial(_itself, each)) for each in _defined_in(module))


def _itself(found: type[Integration]) -> type[Integration]:
    return found


def _defined_in(name: str) -> Iterator[type[Integration]]:
    module = importlib.import_module(name)
    for _, member in inspect.getmembers(module, inspect.isclass):
        if not issubclass(member, Integration) or inspect.isabstract(member):
            continue
        if hasattr(member, "name") and member.__module__ == module.__name__:  # the base of those that are files has no name
            yield member


def _modules() -> Iterator[str]:
    for item in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{item.name}"
        if item.ispkg:
            package = importlib.import_module(name)
            yield from (f"{name}.{part.name}" for part in pkgutil.iter_modules(package.__path__))
        else:
            yield name
