"""The operator's policies as files, each as `aws iam create-policy` takes it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bootstrap.cli.output_folder import OutputFolder
from bootstrap.core.account import Account
from bootstrap.core.policy import Document, characters

USE = "An administrator creates each policy in IAM, and attaches all of them to whoever {who}."


@dataclass(frozen=True)
class PolicyFile:
    """`account` is an alias, `name` what the policy is to be called, and `command` makes it from the file `path`."""

    account: str
    name: str
    path: str
    characters: int
    command: str


def write(
    folder: OutputFolder,
    documents: Mapping[str, Sequence[Document]],
    stem: str,
    accounts: Mapping[str, Account],
) -> list[PolicyFile]:
    """A file for each document, by account; names begin with `stem`. Raises UsageError."""
    several = len(documents) > 1
    texts: dict[str, str] = {}
    files = []
    for alias, found in documents.items():
        for number, document in enumerate(found, start=1):
            part = f"{stem}{f'-{alias}' if several else ''}{f'-{number}-of-{len(found)}' if len(found) > 1 else ''}"
            texts[f"{part}.json"] = json.dumps(document, indent=2) + "\n"
            name, path = f"bootstrap-{part}", str(folder.path / f"{part}.json")
            command = accounts[alias].aws("iam", "create-policy", policy_name=name, policy_document=f"file://{path}")
            files.append(PolicyFile(alias, name, path, characters(document), command))
    folder.put(texts, {})
    return files


def left_over(folder: OutputFolder, stem: str, aliases: Iterable[str], written: Iterable[PolicyFile]) -> list[str]:
    """The paths of what an earlier run for the same deployment wrote and this one did not: there were more or fewer policies
    then."""
    now = {file.path for file in written}
    parts = "|".join(map(re.escape, (stem, *(f"{stem}-{alias}" for alias in aliases))))
    ours = re.compile(rf"({parts})(-[0-9]+-of-[0-9]+)?\.json")
    paths = [str(folder.path / name) for name in sorted(folder.names()) if ours.fullmatch(name)]
    return [path for path in paths if path not in now]
