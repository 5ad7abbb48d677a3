"""What an arrow of the picture says: what somebody does to the thing that it ends at. Pure.

Source: Service authorization reference, EC2 (RunInstances is checked for each resource that a launch uses or makes) and KMS.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

from bootstrap.permissions.access import CHANGES
from bootstrap.permissions.access_rows import AccessRow
from bootstrap.permissions.actions import IamAction, overlap, table
from bootstrap.permissions.claims import KEY_USES

Verb = Literal["assume", "read", "write", "pass", "start machines with", "run", "use"]
_LAUNCHES = ("ec2:RunInstances", "ec2:CreateFleet", "ec2:RequestSpotInstances", "ec2:RequestSpotFleet")
_MADE = ("instance", "volume", "fleet", "spot-instances-request", "spot-fleet-request")
"""What a launch makes. It uses everything else: images, subnets, groups, keys."""
_RUNS = (
    *("lambda:InvokeFunction", "states:StartExecution", "states:StartSyncExecution", "codebuild:StartBuild*"),
    *("glue:StartJobRun", "ecs:RunTask"),
)
_INSTEAD: Mapping[Verb, tuple[str, ...]] = {"start machines with": _LAUNCHES, "run": _RUNS, "use": KEY_USES}
"""Actions that AWS counts as writing and that leave what the arrow ends at as it is."""


_ORDER: tuple[Verb, ...] = ("assume", "pass", "read", "use", "run", "start machines with", "write")


def verbs_on(found: Iterable[tuple[AccessRow, str]], service: str) -> tuple[Verb, ...]:
    """What rows allow on the ARN beside each. Of a row, only what AWS knows on such an ARN counts, if it knows any."""
    verbs = set[Verb]()
    for row, arn in found:
        if row.level not in CHANGES:
            verbs.add("read")
            continue
        actions = [each for name in row.names if name.startswith(f"{service}:") for each in table().matching(name)]
        on_it = [each for each in actions if arn == "*" or any(overlap(pattern, arn) for pattern in each.arns)] or actions
        verbs |= {_verb(each, arn) for each in on_it} or {"write"}
    return tuple(each for each in _ORDER if each in verbs)


def _verb(action: IamAction, arn: str) -> Verb:
    verb = _verbs().get(action.name, "write")
    makes = verb == "start machines with" and any(arn == "*" or overlap(f"arn:*:ec2:*:*:{each}/*", arn) for each in _MADE)
    return "write" if makes else verb


@cache
def _verbs() -> Mapping[str, Verb]:
    return {each.name: verb for verb, names in _INSTEAD.items() for name in names for each in table().matching(name)}
