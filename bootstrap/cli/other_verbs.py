"""What other tools call the verbs, and which of ours somebody meant who typed a word that is none."""

import re
from collections.abc import Collection, Mapping, Sequence

from bootstrap.core import commands
from bootstrap.core.near import nearest
from bootstrap.errors import UsageError

CALLED: Mapping[str, str] = {
    "create": "add apply deploy init install make new provision run setup start sync up update upgrade",
    "destroy": "clean cleanup delete down purge remove rm teardown terminate undeploy uninstall",
    "plan": "changeset diff dry-run preview",
    "check": "doctor preflight test validate verify",
    "status": "describe drift get info list ls ps refresh show",
    "outputs": "handoff output",
    "adopt": "import",
    "permissions": "iam policies policy",
    "review": "audit inspect report",
    "integrations": "catalog search vendors",
    "export": "cloudformation synth template terraform",
    "docs": "doc guide man",
    "sandbox": "demo local",
    "rotate": "renew",
}
"""By a verb, the words for it in Terraform, CloudFormation, the CDK, Helm, package managers and shells."""
BELOW: Mapping[str, str] = {
    "list": "ls",
    "rm": "delete forget remove",
    "migrate": "move mv",
    "show": "describe get",
    "start": "run up",
    "stop": "delete destroy down remove reset rm",
    "status": "ls list show",
}
"""The same for the verbs below others."""


def no_such_verb(message: str, above: Sequence[str], known: Collection[str]) -> UsageError | None:
    """The error for this message about a word behind the words `above`, where `known` are the verbs there; None for another
    message."""
    found = re.fullmatch(r"(No such command '(.*?)'\.)(?: Did you mean .*)?", message)
    if not found:
        return None
    called = {word: verb for verb, words in (BELOW if above else CALLED).items() if verb in known for word in words.split()}
    word = found[2].lower()
    meant = called.get(word) or nearest(word, known)
    meant = meant or called.get(nearest(word, called), "")
    see = commands.bootstrap(*above, *([meant] if meant else []), flags=["--help"])
    return UsageError(found[1], f"Did you mean {meant}? Run: {see}" if meant else f"Run: {see}")
