"""Reads `bootstrap.toml`, which describes the deployments of a folder. docs/project-file.md says what it holds.

It is strict: whoever reads the file in git must not believe in a key that nothing obeys. Each error names the file, the key
and its line, and quotes no value that could be a secret.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootstrap.backends.address import SCHEME, s3_address
from bootstrap.cli.project_approval import KEYS, SIGNERS, ApprovalRule, approval_rule
from bootstrap.cli.project_deployment import Deployment, unknown
from bootstrap.core import validators
from bootstrap.core.commands import option, quoted
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.near import did_you_mean
from bootstrap.core.place import Place, parsed_toml, shown_path
from bootstrap.core.strict_json import decoded, repeated
from bootstrap.errors import UsageError, all_of
from bootstrap.integrations import is_file
from bootstrap.user_files import read

_TEXTS = ("integration", "profile", "region", "state")
_TOP = ("name", *_TEXTS, *KEYS, "cage", "tags", "deployments")
_OF_DEPLOYMENT = (*_TEXTS, *KEYS, "cage", "tags", "inputs")
_SECRET = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}|PRIVATE KEY-----|://[^/@\s]*:[^/@\s]*@|[?&](X-Amz-Signature|sig)=")


@dataclass(frozen=True)
class Project:
    """The file. `default` is the deployment that a run is about if none is named."""

    path: str
    default: str | None
    profile: str | None
    region: str | None
    state: str | None
    deployments: Mapping[str, Deployment]
    approval: ApprovalRule
    cage: bool = False

    @property
    def approvals(self) -> dict[str, ApprovalRule]:
        """The rule of each deployment; "" has that of those that the file does not describe."""
        return {"": self.approval, **{name: each.approval for name, each in self.deployments.items()}}


def read_project(path: Path) -> Project:
    """Raises UsageError."""
    try:
        text = decoded(read(path))
        content = parsed_toml(text)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot read the project file {path}: {why}", "Name another one with --project FILE.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "Correct it there; docs/project-file.md has an example.") from error
    return _project(content, Place(str(path), text))


def check_trusted(path: Path) -> None:
    """Raises UsageError for a file that another user put into the folder, or can write: it chooses who gets access."""
    try:
        found = path.stat()
    except OSError:
        return  # reading it says why
    if found.st_uid not in (os.geteuid(), 0) or found.st_mode & 0o002:
        why = "can be written by every user" if found.st_mode & 0o002 else "belongs to another user"
        again = quoted(*option("--project", str(path)))
        raise UsageError(f"{path} in this folder {why}, so it is not used", f"If it is yours all the same, add {again}.")


def _project(content: dict[str, Any], place: Place) -> Project:
    for keys in _secrets(content):
        place.at(*keys).refuse(
            "this looks like a secret, and the file is kept in git", "Delete it there, and sign in with a profile instead."
        )
    described, below = _table(content, "deployments", place), place.at("deployments")
    tables = [(each, _OF_DEPLOYMENT, below.at(name)) for name, each in described.items() if isinstance(each, dict)]
    if unknown_keys := [error for table in ((content, _TOP, place), *tables) for error in _unknown_keys(*table)]:
        raise all_of(unknown_keys, f"keys in {place.file} are wrong")
    shared = _texts(content, place)
    tags = _tags(content, place)
    cage = _flag(content, "cage", place, False)
    rule = approval_rule(content, place)
    deployments = {name: _deployment(name, described, shared, tags, cage, below, rule) for name in described}
    if rule.signers and not any(each.required for each in (rule, *(one.approval for one in deployments.values()))):
        place.at(SIGNERS).refuse("has no effect: no approval is required", "Add require_approval = true.")
    default = _text(content, "name", place)
    if default is not None and default not in deployments:
        place.at("name").refuse(f"there is no [deployments.{default}]", f"It has: {', '.join(deployments) or 'none'}.")
    single = [(each.state, name) for name, each in deployments.items() if each.state and not _is_folder(each.state)]
    if state := repeated(state for state, _ in single):
        _, name = [each for each in single if each[0] == state][-1]
        place.at("deployments", name).refuse(
            f"{state} is the state of another deployment, too",
            "Give each deployment a state of its own, or name a folder in S3, which ends with /.",
        )
    return Project(place.file, default, shared["profile"], shared["region"], shared["state"], deployments, rule, cage)


def _deployment(
    name: str,
    described: Mapping[str, Any],
    shared: Mapping[str, str | None],
    tags: Mapping[str, str],
    cage: bool,
    above: Place,
    rule: ApprovalRule,
) -> Deployment:
    place = above.at(name)
    try:
        validators.deployment(name)
    except ValueError as error:
        place.refuse(str(error), "Choose another name.")
    content = _table(described, name, above)
    own = {key: value for key, value in _texts(content, place).items() if value is not None}
    merged = {**shared, **own}
    if (integration := merged.pop("integration")) is None:
        place.refuse("has no integration", f'Add integration = "NAME" to [deployments.{name}], or at the top of the file.')
    inputs = _table(content, "inputs", place)
    if twice := repeated(key.replace("-", "_") for key in inputs):
        place.at("inputs").refuse(f"has {twice} twice, with - and with _", "Keep one of the two.")
    both, rule = {**tags, **_tags(content, place)}, approval_rule(content, place, rule)
    cage = _flag(content, "cage", place, cage)
    return Deployment(name, integration, **merged, tags=both, inputs=inputs, place=place, approval=rule, cage=cage)


def _unknown_keys(content: Mapping[str, Any], known: tuple[str, ...], place: Place) -> Iterator[UsageError]:
    for key in content:
        if key not in known:
            what = f"{place.at(key).words}: {unknown(key, 'a key of this table')}"
            yield UsageError(what, f"{did_you_mean(key, known)}It can have: {', '.join(known)}.")


def _texts(content: Mapping[str, Any], place: Place) -> dict[str, str | None]:
    texts = {key: _text(content, key, place) for key in _TEXTS}
    try:
        if texts["region"] is not None:
            validators.region(texts["region"])
    except ValueError as error:
        place.at("region").refuse(str(error), "Correct it in the file.")
    if texts["integration"] is not None and is_file(texts["integration"]):
        texts["integration"] = str(Path(place.file).parent / texts["integration"])
    if texts["state"] is not None:
        texts["state"] = _state(texts["state"], place.at("state"))
    return texts


def _state(text: str, place: Place) -> str:
    """The state; a file is relative to the project file."""
    if text.startswith(SCHEME):
        try:
            s3_address(text)
        except ValueError as error:
            place.refuse(str(error), "Name s3://BUCKET/prod.json, or a folder of states, s3://BUCKET/bootstrap/.")
        return text
    if "://" in text or text.endswith("/"):
        place.refuse(f"{text} is not a file", "Name a file, s3://BUCKET/KEY or s3://BUCKET/FOLDER/.")
    return str(Path(place.file).parent / text)


def _is_folder(state: str) -> bool:
    return state.startswith(SCHEME) and s3_address(state).is_folder


def _text(content: Mapping[str, Any], key: str, place: Place) -> str | None:
    value = content.get(key)
    if value is not None and not (isinstance(value, str) and value.strip()):
        place.at(key).refuse("must be text, and not empty", f'Write {key} = "..."')
    if value and not value.isprintable():
        place.at(key).refuse("has a character that cannot be shown", f'Write {key} = "..." without it.')
    return value


def _flag(content: Mapping[str, Any], key: str, place: Place, otherwise: bool) -> bool:
    value = content.get(key, otherwise)
    if not isinstance(value, bool):
        place.at(key).refuse("must be true or false", f"Write {key} = true")
    return value


def _table(content: Mapping[str, Any], key: str, place: Place) -> dict[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        place.at(key).refuse("must be a table", f"Write [{shown_path((*place.path, key))}], and its keys below it.")
    return value


def _tags(content: Mapping[str, Any], place: Place) -> dict[str, str]:
    tags = _table(content, "tags", place)
    for key, value in tags.items():
        one = place.at("tags", key)
        if not isinstance(value, str):
            one.refuse("must be text", f'Write {key} = "..."')
        try:
            if "=" in key:
                raise ValueError("a tag key here has no =")
            validators.tag(f"{key}={value}")
        except ValueError as error:
            one.refuse(str(error), "Correct it in the file.")
    return tags


def _secrets(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of what looks like a secret."""
    items = value.items() if isinstance(value, dict) else [("", each) for each in value] if isinstance(value, list) else []
    for key, each in items:
        if _SECRET.search(key):
            yield path
        yield from _secrets(each, (*path, key) if key else path)
    if isinstance(value, str) and _SECRET.search(value):
        yield path
