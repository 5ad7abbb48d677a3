"""What the shell offers after Tab. Nobody is asked: no AWS, no state in S3, and the AWS SDK is not imported.

A shell puts the word on the command line as it is, so what it would read as more than a word is not offered: names in states
and files may be somebody else's.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bootstrap.cli.authoring import MODULES
from bootstrap.cli.project_words import DEFAULT, is_there
from bootstrap.errors import BootstrapError

if TYPE_CHECKING:
    from bootstrap.cli.project_file import Project
    from bootstrap.cli.target import Target

_WORD = re.compile(r"[\w.:/@+=,-]+", re.ASCII)
_CONFIG = re.compile(r"^\[\s*(?:profile\s+)?\"?([^\]\s\"]+)\"?\s*\]", re.MULTILINE)
_OTHER_SECTIONS = re.compile(r"^\[\s*(?:sso-session|services|plugins|preview)\b.*$", re.MULTILINE)


def integrations(incomplete: str = "") -> list[str]:
    """By name; a word that is a path so far goes on with the files that may be integrations, and with folders."""
    from bootstrap.integrations import is_file, names

    with suppress(BootstrapError):
        if not incomplete.startswith(".") and not is_file(incomplete):
            return names()
    folder, slash, _ = incomplete.rpartition("/")
    found = list[str]()
    with suppress(OSError, ValueError):
        for each in sorted(Path(folder + slash).iterdir()):
            path = folder + slash + each.name
            found += [f"{path}/"] if each.is_dir() else [path] if is_file(each.name) else []
    return _words(found)


def integrations_and_verbs() -> list[str]:
    """With the commands for those who write one."""
    return [*integrations(), *MODULES]


def deployments(context: typer.Context) -> list[str]:
    """Those of the project file, and those that are recorded in the folder or in its sandbox."""
    project = _project(context)
    recorded = [name for target in _targets(context, project) for name in _names(target)]
    return _words([*(project.deployments if project else ()), *recorded])


def addresses(context: typer.Context) -> list[str]:
    """Of what is recorded, in the deployment that is named or in all of them."""
    named = context.params.get("name")
    found: list[str] = []
    for target in _targets(context, _project(context)):
        for name in [named] if named else _names(target):
            with suppress(BootstrapError):
                state = target.backend(name).load()
                found += state.records if state else ()
    return _words(found)


def profiles() -> list[str]:
    """Those in the two files of the AWS CLI."""
    from bootstrap.core.strict_json import decoded
    from bootstrap.user_files import read

    found: list[str] = []
    for variable, usual in (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")):
        path = Path(os.environ.get(variable) or Path("~/.aws") / usual)
        with suppress(OSError, ValueError, RuntimeError):
            found += _CONFIG.findall(_OTHER_SECTIONS.sub("", decoded(read(path.expanduser()))))
    return _words(found)


def regions() -> list[str]:
    """Those that the installed SDK knows."""
    sdk = find_spec("botocore")
    if sdk is None or sdk.origin is None:
        return []
    with suppress(OSError, ValueError, LookupError, TypeError):
        known = json.loads((Path(sdk.origin).parent / "data" / "partitions.json").read_bytes())
        names = [name for partition in known["partitions"] for name in partition["regions"]]
        return _words(name for name in names if not name.endswith("-global"))
    return []


def _project(context: typer.Context) -> "Project | None":
    path = context.params.get("project")
    with suppress(BootstrapError):
        if is_there(path):
            from bootstrap.cli.project_file import check_trusted, read_project

            if path is None:
                check_trusted(DEFAULT)
            return read_project(path or DEFAULT)
    return None


def _targets(context: typer.Context, project: "Project | None") -> Iterator["Target"]:
    """The places of states on this machine that the words so far are about."""
    from bootstrap.cli.target import Target

    sandbox, given = bool(context.params.get("sandbox")), context.params.get("state")
    states = {given}
    if project and not given and not sandbox:
        one = project.deployments.get(context.params.get("name") or "")
        states = {one.state} if one else {project.state, *(each.state for each in project.deployments.values())}
    for state in sorted(states, key=str):
        if not str(state).startswith("s3://"):  # nobody who presses Tab wants to wait for AWS, or to enter an MFA code
            with suppress(BootstrapError):
                yield Target(sandbox=sandbox, state=state)


def _names(target: "Target") -> list[str]:
    with suppress(BootstrapError):
        return target.deployments()
    return []


def _words(found: Iterable[str]) -> list[str]:
    """Each once, without those that are no plain word."""
    return [each for each in dict.fromkeys(found) if _WORD.fullmatch(each) and not each.startswith("-")]
