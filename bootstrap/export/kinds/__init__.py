"""One resource type a file, named after its kind, with how it looks in each format. Nothing is registered."""

import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec

from bootstrap.core.graph import Node
from bootstrap.errors import UsageError, lines
from bootstrap.export.kinds.form import Forms

_EDITS = "it changes one statement of a policy of somebody else, and the other tools replace policies as a whole"
_FLEET = "its template is such a document already"
REFUSED: Mapping[str, str] = {
    "cloudformation_stack_instances": _FLEET,
    "cloudformation_stack_set": _FLEET,
    "iam_role_trust_statement": _EDITS,
    "s3_bucket_policy_statement": _EDITS,
}
"""The kinds that no format can express, and why."""


@cache
def forms(kind: str) -> Forms | None:
    name = f"{__name__}.{kind}"
    found: Forms | None = importlib.import_module(name).FORMS if find_spec(name) else None
    return found


def check_kinds(integration: str, nodes: Iterable[Node]) -> None:
    """Raises UsageError, with the reason for each kind, for resources that no format can express."""
    refused: dict[str, list[str]] = {}
    for node in nodes:
        if forms(node.resource.kind) is None:
            refused.setdefault(REFUSED[node.resource.kind], []).append(f"{node.address} ({node.resource.kind})")
    if refused:
        raise UsageError(
            f"{integration} cannot be exported",
            lines(*(f"{', '.join(which)}: {why}." for why, which in refused.items()), "Create it with bootstrap."),
        )
