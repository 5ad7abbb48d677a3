"""Somebody who types a command and then, word for word, what it says to type next."""

import json
import re
from pathlib import Path
from typing import Any

from bootstrap.core.integration import inputs_of
from bootstrap.integrations import integration
from tests.cli.conftest import Bootstrap, Ran
from tests.support.deployments import OTHER_ACCOUNT
from tests.support.inputs import EVERYTHING, OTHERWISE

DESTROY = "destroy --name test --yes"
TO_GO_ON = re.compile(r"To go on, run: bootstrap (.*)")
RUN = re.compile(r"(?:[Rr]un|then): bootstrap (.+)$", re.MULTILINE)
AGAIN = (
    "(same command|[Rr]un it|[Rr]un the command|[Rr]un destroy) again|[Aa]sk for th(is permission|at permission|e policy)"
)
ASKS = "create|destroy|recover|state (rm|import|push|migrate|unlock)"


def create(way: str) -> str:
    """The command for a way of `WAYS`, with its inputs in a file in the current folder."""
    name, other = OTHERWISE.get(way, (way, {}))
    given: dict[str, Any] = {**EVERYTHING[name], **other}
    for item in inputs_of(integration(name)):
        if item.file and item.name in given:
            Path(item.name).write_text(given[item.name])
            given[item.name] = item.name
    if given.pop("s3_profile", None):  # a profile would need files of the user's
        del given["cluster_profile"]
        given["s3_role_arn"] = f"arn:aws:iam::{OTHER_ACCOUNT}:role/OrganizationAccountAccessRole"
    Path("inputs.json").write_text(json.dumps(given))
    return f"create --integration {name} --inputs inputs.json --name test --yes"


def says(ran: Ran, line: str) -> str:
    """What the failed command `line` says to type next; of several, as `one && another`. That it has no word for what went
    wrong is a mistake of ours."""
    assert ran.code == 1, (ran.code, ran.err)
    for complaint in ("Traceback", "--debug", "report"):
        assert complaint not in ran.err, ran.err
    if found := TO_GO_ON.findall(ran.err):
        return str(found[-1])
    if found := RUN.findall(ran.err):
        return " && ".join(dict.fromkeys(agreed(command) for command in found))
    assert re.search(AGAIN, ran.err), ran.err
    return line


def agreed(command: str) -> str:
    """With the answer to what it would ask."""
    return f"{command} --yes" if re.match(ASKS, command) and "--yes" not in command else command


def types(bootstrap: Bootstrap, line: str) -> Ran:
    """Types one command after the other, until one fails."""
    for command in line.split(" && "):
        ran = bootstrap(command)
        if ran.code:
            break
    return ran


def until_done(bootstrap: Bootstrap, line: str, runs: int) -> None:
    """Types the line, and then what it says, at most so many times."""
    for _ in range(runs):
        ran = types(bootstrap, line)
        if ran.code == 0:
            return
        line = says(ran, line)
    raise AssertionError(f"after {runs} runs still: {ran.err}")
