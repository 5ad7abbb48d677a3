"""Which version counts of the managed policies of others that a plan names, read beside its other reads.

The id of a policy and the id of a version say what it is: a change makes a new version, and no id of a version comes again.
Source: IAM user guide, access_policies_managed-versioning.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws.session import Session
from bootstrap.core.graph import Node
from bootstrap.core.query import Query
from bootstrap.errors import BootstrapError

Versions = dict[str, dict[str, str]]
"""By address and ARN, as "v1 of ANPAEXAMPLE"; "" where AWS did not say it."""


def ask_versions(session: Session, nodes: Mapping[str, Node]) -> Callable[[], Versions]:
    """Sends the reads, and returns what gives their answers. A read that fails stops nothing."""
    reads = session.look()
    asked = {
        address: {
            arn: reads.ask(node.account, Query("iam", "get_policy", {"PolicyArn": arn}, ("NoSuchEntity",))) for arn in named
        }
        for address, node in nodes.items()
        if (named := node.resource.policies_of_others)
    }
    return lambda: {
        address: {arn: _version(future) for arn, future in answers.items()} for address, answers in asked.items()
    }


def _version(answer: "Future[Any]") -> str:
    try:
        found = answer.result()
        return f"{found['Policy']['DefaultVersionId']} of {found['Policy']['PolicyId']}" if found else "none"
    except (BotoCoreError, BootstrapError, ClientError):
        return ""
