"""Find what is wrong or dangerous in a policy."""

from dataclasses import dataclass
from typing import Any

from bootstrap.core.policy import characters
from bootstrap.permissions.actions import table
from bootstrap.permissions.lint import findings, kind_of
from bootstrap.permissions.lint.finding import Finding, Kind


@dataclass(frozen=True)
class Linted:
    """What was found in a document of this kind, which has so many `characters` as AWS counts them."""

    kind: Kind
    characters: int
    findings: tuple[Finding, ...]


def lint(document: Any) -> Linted:
    """Makes no calls to AWS."""
    return Linted(kind_of(document), characters(document), tuple(findings(document, table())))


def date_and_source() -> tuple[str, str]:
    """Of the table of IAM actions that the policies are compared with."""
    return table().date, table().source
