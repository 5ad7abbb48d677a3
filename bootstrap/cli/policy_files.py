"""The operator's policies as files, each as `aws iam create-policy` takes it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bootstrap.cli.output_folder import OutputFolder
from bootstrap.core import commands
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
    profiles: Mapping[str, str | None],
    endpoint: str | None,
) -> list[PolicyFile]:
    """A file for each document, by account; names begin with `stem`.

    `profiles` reach the accounts; `endpoint` is the sandbox's. Raises UsageError.
    """
    several = len(documents) > 1
    texts: dict[str, str] = {}
    files = []
    for alias, found in documents.items():
        for number, document in enumerate(found, start=1):
            part = f"{stem}{f'-{alias}' if several else ''}{f'-{number}' if len(found) > 1 else ''}"
            texts[f"{part}.json"] = json.dumps(document, indent=2) + "\n"
            name, path = f"bootstrap-{part}", str(folder.path / f"{part}.json")
            command = commands.aws(
                "iam",
                "create-policy",
                policy_name=name,
                policy_document=f"file://{path}",
                profile=profiles.get(alias),
                endpoint_url=endpoint,
            )
            files.append(PolicyFile(alias, name, path, characters(document), command))
    folder.put(texts, {})
    return files
