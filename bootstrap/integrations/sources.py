"""Where integrations come from that are files or other packages: the catalog of this package, the folders that
`BOOTSTRAP_INTEGRATIONS` names, and entry points of Python packages. Nothing is read or imported before it is asked for.

The name of a file is that of its integration, so that one can be found without a look at all of them.
"""

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bootstrap.core.integration import Integration
from bootstrap.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "bootstrap.integrations"
"""The group of entry points. One names a class, or a package whose TOML and JSON files are integrations."""
VARIABLE = "BOOTSTRAP_INTEGRATIONS"
OURS = "bootstrap"
"""Where one is from that is part of this package."""
CATALOG = Path(__file__).parent / "catalog"
ENDINGS = (".toml", ".json")
_READING = threading.Lock()


class Found(NamedTuple):
    """An integration that can be loaded; `where` says where it is from."""

    name: str
    where: str
    load: Callable[[], type[Integration]]


def is_file(word: str) -> bool:
    """Whether a word that names an integration names its file."""
    return word.endswith(ENDINGS) or os.sep in word


def load(path: str, *, tried: bool = True) -> type[Integration]:
    """The integration in a file. Raises UsageError. Without `tried`, it is trusted to be right."""
    from bootstrap.integrations.files.read import load

    return load(path, tried=tried)


def catalog() -> Iterator[Found]:
    """The files that are part of bootstrap."""
    for path in sorted(CATALOG.glob("*.toml")):
        yield Found(path.stem, OURS, functools.partial(_of_catalog, str(path), path.stem))


def outside() -> Iterator[Found]:
    """All that are not part of bootstrap. Raises UsageError."""
    folders = [Path(each) for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    for folder in {os.path.realpath(each): each for each in folders}.values():
        try:
            yield from _in_folder(folder)
        except OSError as error:
            what = f"{VARIABLE} names {folder}, which cannot be read: {error.strerror}"
            raise UsageError(what, "Correct it, or unset the variable.") from error
    for point in _entry_points(tuple(sys.path)):
        if point.attr:
            yield Found(point.name, _package(point), functools.partial(_class_of, point))
            continue
        for place in _folders_of(point):
            yield from _in_folder(Path(place))


def _of_catalog(path: str, name: str) -> type[Integration]:
    """Read once: of two threads that ask for it at the same time, as in a destroy, one waits."""
    with _READING:
        return _read_of_catalog(path, name)


@functools.cache
def _read_of_catalog(path: str, name: str) -> type[Integration]:
    found = _named_as_file(path, name, tried=False)
    return type(found.__name__, (found,), {"file": "", "digest": "", "__module__": __name__})


def _in_folder(folder: Path) -> Iterator[Found]:
    for path in sorted(folder.iterdir()):
        if path.suffix in ENDINGS and not path.name.startswith(".") and not _is_other_json(path):
            word = str(path) if is_file(str(path)) else f".{os.sep}{path}"
            yield Found(path.stem, word, functools.partial(_named_as_file, word, path.stem))


def _is_other_json(path: Path) -> bool:
    """Whether it is JSON that describes no integration, such as the golden file of one: it has no format."""
    if path.suffix != ".json":
        return False
    from bootstrap.core.strict_json import strict_json
    from bootstrap.integrations.files.keys import DEEPEST, LARGEST
    from bootstrap.user_files import read

    try:
        content = strict_json(read(path, LARGEST).decode(), DEEPEST)
    except (OSError, ValueError, RecursionError):
        return b'"format"' not in path.read_bytes()[:LARGEST] if path.is_file() else True
    return not (isinstance(content, dict) and "format" in content)


def _named_as_file(path: str, name: str, *, tried: bool = True) -> type[Integration]:
    found = load(path, tried=tried)
    if found.name != name:
        raise UsageError(
            f"{path} has the integration {found.name}: in a folder of integrations, a file has the name of its own",
            f"Rename it to {found.name}{Path(path).suffix}.",
        )
    return found


@functools.cache
def _entry_points(path: tuple[str, ...]) -> "tuple[EntryPoint, ...]":
    """Those of the packages on this path. Python's own reader takes a tenth of a second for them all, so it is used only
    where one of them has the group."""
    files = (file for folder in map(Path, path) for file in folder.glob("*.*-info/entry_points.txt"))
    if not any(f"[{GROUP}]".encode() in file.read_bytes() for file in files):
        return ()
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))


def _package(point: "EntryPoint") -> str:
    return f"the Python package {point.dist.name if point.dist else point.module}"


def _folders_of(point: "EntryPoint") -> list[str]:
    """The folders of a package, which is not imported. Raises UsageError."""
    try:
        spec = find_spec(point.module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        what = f"{_package(point)} names {point.value} as its integrations, and there is no such package"
        raise UsageError(what, "Install it again, or remove it.")
    return list(spec.submodule_search_locations)


def _class_of(point: "EntryPoint") -> type[Integration]:
    try:
        found = point.load()
    except Exception as error:  # whatever the code of somebody else does
        what = f"{_package(point)} cannot be imported: {type(error).__name__}: {error}"
        raise UsageError(what, "Install it again, or remove it.") from error
    if not (isinstance(found, type) and issubclass(found, Integration) and found.name == point.name):
        what = f"{_package(point)} names {point.value} as the integration {point.name}, and that is not one of this name"
        raise UsageError(what, "Report it to whoever made the package, or remove it.")
    return found
