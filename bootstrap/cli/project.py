"""What a run takes from the project file. The command line wins over the environment, and the environment over the file."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bootstrap.cli.project_approval import ApprovalRule
from bootstrap.cli.project_deployment import Deployment
from bootstrap.cli.project_file import Project, check_trusted, read_project
from bootstrap.cli.project_words import DEFAULT, is_there
from bootstrap.cli.questions import ask_which, is_terminal
from bootstrap.core.commands import option, quoted
from bootstrap.core.input import Input
from bootstrap.core.near import did_you_mean
from bootstrap.errors import BootstrapError, UsageError
from bootstrap.integrations import find, is_file, names, same
from bootstrap.operations.inputs import Values

_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
OVER = {"profile": (*_PROFILES, *_KEYS, *_CONTAINER), "region": ("AWS_REGION", "AWS_DEFAULT_REGION")}
"""The variables with which somebody says the same; BOOTSTRAP_STATE is the option --state."""


@dataclass(frozen=True)
class Taken:
    """`target` has those of profile, region and state that the file gives. `words` is what the file gives, as one would
    type it, and `overruled` what it says and the environment says otherwise."""

    path: str
    deployment: Deployment | None
    deployment_options: Mapping[str, str | bool]
    target: Mapping[str, str]
    words: str
    overruled: str
    sandbox: bool
    described: Mapping[str, Mapping[str, str]]
    """`target` for each deployment, where the run is about none in particular."""
    approvals: Mapping[str, ApprovalRule]
    """As `Project.approvals`."""
    places: Mapping[str, tuple[str, int]]
    """The file and the line of each deployment."""

    @property
    def note(self) -> str:
        return f"From {self.path}: {self.words}{self.overruled}"

    @property
    def inputs(self) -> "partial[Values] | None":
        return partial(self._inputs, self.deployment) if self.deployment else None

    def _inputs(self, deployment: Deployment, known: Mapping[str, Input]) -> Values:
        return deployment.values(known, sandbox=self.sandbox)


def take(given: Mapping[str, Any], values: Mapping[str, Any]) -> Taken:
    """For the shared options and the others of a verb: the deployment that they are about, and what the file says of it.
    Raises UsageError."""
    project = _read(given["project"])
    deployment = _deployment(project, given, values)
    if deployment:
        _check_integration(deployment, takes_inputs=_takes_inputs(given, values))
    if deployment and given.get("inputs"):  # that file takes the place of the inputs, and of nothing else
        deployment = replace(deployment, inputs={})
    whose = deployment or project
    says = {} if given["sandbox"] else _says(whose)
    target = _target(whose, given)
    over = [f"{key} ({_set(key)} is set)" for key, value in says.items() if value and given[key] is None and _set(key)]
    own: dict[str, Any] = {"name": deployment.name, "integration": deployment.integration} if deployment else {}
    if not _takes_inputs(given, values):
        own.pop("integration", None)
    own = {key: value for key, value in own.items() if key in values and values[key] is None}
    caged = values.get("cage") is False and _is_caged(project, deployment, values)
    words = quoted(*(word for key, value in {**own, **target}.items() for word in option(key, value)), *["--cage"] * caged)
    if deployment and _takes_inputs(given, values):
        words = f"{words} {deployment.words(given['given'], sandbox=given['sandbox'])}".strip()
    overruled = f"; not {', '.join(over)}" if over else ""
    described = {} if deployment else {name: _target(each, given) for name, each in project.deployments.items()}
    own |= {"cage": True} if caged else {}
    approvals = project.approvals
    places = {name: (each.place.file, each.place.line or 1) for name, each in project.deployments.items()}
    return Taken(project.path, deployment, own, target, words, overruled, given["sandbox"], described, approvals, places)


def _is_caged(project: Project, deployment: Deployment | None, values: Mapping[str, Any]) -> bool:
    """Of a deployment that only its state names, it is not known which one of the file it is."""
    if deployment:
        return deployment.cage
    return project.cage or (values.get("name") is None and any(each.cage for each in project.deployments.values()))


def _takes_inputs(given: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """`outputs` does so only before there is a state; `create` not with a plan that has them."""
    return "inputs" in given and values.get("before_create", True) and not values.get("plan_file")


def _says(whose: Deployment | Project) -> dict[str, str | None]:
    return {"profile": whose.profile, "region": whose.region, "state": whose.state}


def _target(whose: Deployment | Project, given: Mapping[str, Any]) -> dict[str, str]:
    """What the file says of who and where, unless the command line or the environment does, or it is the sandbox's."""
    says = {} if given["sandbox"] else _says(whose)
    return {key: value for key, value in says.items() if value and given[key] is None and not _set(key)}


def integration_of(path: Path | None, name: str | None) -> str | None:
    """The integration of the deployment that is named, or of the only one; None where that, or the file, is wrong."""
    with suppress(BootstrapError):
        project = _read(path)
        found = project.deployments.get(name or project.default or next(iter(project.deployments), ""))
        if found and (name or project.default or len({each.integration for each in project.deployments.values()}) == 1):
            return found.integration if is_file(found.integration) or find(found.integration) else None
    return None


def described(path: Path | None, name: str) -> Deployment | None:
    """The deployment of this name in the project file, if there is a file and it has it."""
    return _read(path).deployments.get(name) if is_there(path) else None


def _read(named: Path | None) -> Project:
    if named is None:
        check_trusted(DEFAULT)
    return read_project(named or DEFAULT)


def _deployment(project: Project, given: Mapping[str, Any], values: Mapping[str, Any]) -> Deployment | None:
    """The deployment of the file that the run is about; None if it is about another one, or about none in particular."""
    if "name" not in values or ("all_" in values and values["name"] is None):  # several at once
        return None
    name, integration = values["name"], values.get("integration")
    takes_inputs = _takes_inputs(given, values)
    if name is not None:
        found = project.deployments.get(name)
        if found and not same(integration or found.integration, found.integration):
            found.place.refuse(f"is a deployment of {found.integration}, not of {integration}", "Choose another --name.")
        if not found and takes_inputs and integration is None:
            raise UsageError(
                f"{project.path} describes no deployment {name!r}",
                f"It describes: {', '.join(project.deployments) or 'none'}. For another one, add --integration.",
            )
        return found
    if given["state"] and not given["state"].endswith("/") and not takes_inputs:
        return None  # the state that is named says which deployment it holds
    fitting = [each.name for each in project.deployments.values() if same(integration or each.integration, each.integration)]
    if project.default in fitting:
        return project.deployments[project.default]
    if len(fitting) < 2:
        return project.deployments[fitting[0]] if fitting else None
    if values.get("yes") or not is_terminal():
        raise UsageError(f"{project.path} describes several deployments", f"Add --name with one of: {', '.join(fitting)}.")
    return project.deployments[ask_which("Which deployment", fitting)]


def _check_integration(deployment: Deployment, *, takes_inputs: bool) -> None:
    """Raises UsageError. A file is needed only where its inputs are."""
    place = deployment.place.at("integration")
    if is_file(deployment.integration) and not takes_inputs:
        return
    try:
        found = find(deployment.integration)
    except UsageError as error:
        place.refuse(error.message, error.advice)
    if not found:
        there_are = f"{did_you_mean(deployment.integration, names())}There are: {', '.join(names())}."
        place.refuse(f"there is no integration {deployment.integration!r}", there_are)


def _set(key: str) -> str:
    """The variable that says it, or ""."""
    return next((name for name in OVER.get(key, ()) if os.environ.get(name)), "")
