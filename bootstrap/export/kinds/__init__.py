"""One resource type a file, named after its kind, with how it looks in each format. Nothing is registered."""

import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec

from bootstrap.core.graph import Node
from bootstrap.errors import UsageError, lines
from bootstrap.export.kinds.form import Forms

_MACHINES = "what starts machines is chosen for the account as it is now: images, networks, a script for the first start"
_FLEET = "its template is such a document already"
_EDITS = "it changes one statement of a policy of somebody else, and the other tools replace policies as a whole"
REFUSED: Mapping[str, str] = {
    "batch_compute_environment": _MACHINES,
    "batch_job_queue": _MACHINES,
    "cloudformation_stack_instances": _FLEET,
    "cloudformation_stack_set": _FLEET,
    "ec2_address_association": _MACHINES,
    "ec2_elastic_ip": _MACHINES,
    "ec2_instance": _MACHINES,
    "ec2_key_pair": _MACHINES,
    "ec2_launch_template": _MACHINES,
    "ec2_security_group": _MACHINES,
    "iam_oidc_audience": "it is added to a provider that others may use, and the other tools replace all audiences",
    "iam_oidc_provider": "an account has one for each URL: create uses the one that exists, and the other tools fail there",
    "iam_role_trust_statement": _EDITS,
    "iam_service_linked_role": "the account shares it: create uses the one that exists, and the other tools fail there",
    "s3_bucket_policy_statement": _EDITS,
}
"""The kinds that no format can express, and why."""


@cache
def forms(kind: str) -> Forms | None:
    name = f"{__name__}.{kind}"
    if find_spec(name) is None:
        return None
    found: Forms = importlib.import_module(name).FORMS
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
