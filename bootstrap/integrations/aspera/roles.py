"""The existing roles of a transfer cluster: that of its nodes, and one of the customer's that reaches the buckets."""

import json
from collections.abc import Mapping
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.integration import Ask
from bootstrap.core.policy import VERSION
from bootstrap.core.query import Query
from bootstrap.errors import PlanRefused, lines
from bootstrap.resources.iam.shared import ANYWHERE, arn, under


def existing_roles(roles: Mapping[str, tuple[str, str | None]], accounts: Mapping[str, Account], ask: Ask) -> dict[str, str]:
    """The current ARN of each role that an input names, by input. `roles` holds (alias of the account, name or ARN) by
    input.
    Raises PlanRefused for roles that do not exist or have another ARN, and for one role that is named twice."""
    arns: dict[str, str] = {}
    problems, to_try = [], []
    for given, (alias, role) in roles.items():
        if role is None:
            continue
        flag, name = "--" + given.replace("_", "-"), role.rpartition("/")[2]
        [answer] = ask(Query("iam", "get_role", {"RoleName": name}, ("NoSuchEntity",)), account=alias)
        if answer is None:
            problems.append(f"{flag}: there is no role {name} in account {accounts[alias].id} ({alias})")
            if accounts[alias].endpoint:
                trust = json.dumps({"Version": VERSION, "Statement": [_nodes(accounts[alias])]})
                make = accounts[alias].aws("iam", "create-role", role_name=name, assume_role_policy_document=trust)
                to_try.append(f"The sandbox has no cluster. To make the role there, run: {make}")
            continue
        arns[given] = arn(accounts[alias], "role", answer["Role"]["Path"], name)
        if role.startswith("arn:") and role != arns[given]:
            problems.append(f"{flag}: the role {name} of account {alias} is {arns[given]}, not {role}")
    create_new = commands.quoted("--existing-s3-role", "")
    create = f"To get a new role that reaches the buckets, run the same command with: {create_new}"
    if problems:
        other = "Sign in to the other account, or name another role. The page: the cluster manager creates atc-node."
        missing = roles["existing_s3_role"][1] and "existing_s3_role" not in arns
        raise PlanRefused(
            "a role that should exist is missing, or has another ARN; nothing was changed",
            problems,
            lines(*(to_try or [other]), create if missing else ""),
        )
    if len(set(arns.values())) < len(arns):
        raise PlanRefused(
            f"--existing-s3-role and --node-role are the same role, {arns['node_role']}: it would assume itself",
            (),
            lines("With --existing-s3-role, name the role that reaches the buckets.", create),
        )
    return arns


def _nodes(account: Account) -> dict[str, Any]:
    """Whom the role of a cluster's nodes trusts: they are machines."""
    return {"Effect": "Allow", "Principal": {"Service": account.service_principal("ec2")}, "Action": "sts:AssumeRole"}


def anywhere(role: str) -> list[str]:
    """The resources of a permission: the role's ARN, or for a bare name its ARN under any path."""
    at = [f"{path}{role}" for path in under(ANYWHERE)]
    return [role] if role.startswith("arn:") else ["arn:{partition}:iam::{account}:role" + each for each in at]


def as_arn(role: str, account: Account) -> str:
    return role if role.startswith("arn:") else arn(account, "role", "/", role)


def path_of(role: str) -> str:
    """The path in a role's ARN; for a bare name, which has no path, a pattern for permissions."""
    _, _, found = role.partition(":role")
    return found[: found.rfind("/") + 1] if found else ANYWHERE
