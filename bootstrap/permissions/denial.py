"""AWS's no, read: which action on which thing, and which layer of policies says no; and what to do about that.

AWS names the layer in words: "because no LAYER allows the ACTION action" when nothing allows it, "with an explicit deny in
a LAYER" when something forbids it, since 2025 followed by the policy's ARN. EC2 may hide it in an encoded message.
Sources: IAM user guide troubleshoot_access-denied; STS API reference DecodeAuthorizationMessage; S3 user guide
troubleshoot-403-errors; Service authorization reference (S3).
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bootstrap.permissions.operator import Need
from bootstrap.permissions.operator_policy import statements
from bootstrap.permissions.wildcards import matches

Layer = Literal[
    "", "identity policy", "permissions boundary", "service control policy", "resource control policy", "session policy",
    "resource policy", "trust policy", "VPC endpoint policy",
]  # fmt: skip

CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation", "403"}
"""403 is all that a HEAD of S3 says."""

_LAYERS: Mapping[str, Layer] = {
    "identity-based policy": "identity policy",
    "permissions boundary": "permissions boundary",
    "service control policy": "service control policy",
    "resource control policy": "resource control policy",
    "session policy": "session policy",
    "resource-based policy": "resource policy",
    "role trust policy": "trust policy",
    "VPC endpoint policy": "VPC endpoint policy",
}
_NAMES = "|".join(_LAYERS)
_WHO = re.compile(r"User: (?P<principal>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)", re.IGNORECASE)
_ON = re.compile(r' on resource: "?(?P<resource>(?:arn:[^\s"]+|\*|(?:role|user|policy(?! path)|instance profile) \S+))"?')
_IMPLICIT = re.compile(rf"because (?:no|the) (?P<layer>{_NAMES}) (?:allows|does not allow)", re.IGNORECASE)
_EXPLICIT = re.compile(rf"explicit deny in an? (?P<layer>{_NAMES})(?:: (?P<policy>arn:\S+))?", re.IGNORECASE)
_ENCODED = re.compile(r"(?<!\s)\s*Encoded authorization failure message: (?P<message>[\w+/=-]+)\.?")

# Calls of S3 whose action has another name; the others are called as their action. "object" is granted on objects.
_S3_ACTIONS: Mapping[str, str] = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "ListBuckets": "ListAllMyBuckets",
}
_OF_OBJECTS = {
    *("GetObject", "PutObject", "DeleteObject", "DeleteObjectVersion", "AbortMultipartUpload"),
    *("GetObjectRetention", "GetObjectLegalHold"),
}


@dataclass(frozen=True)
class Denial:
    """What was asked for, by whom, and what said no. Texts are "" where AWS does not tell; `explicit` says that a policy
    forbids it, rather than that none allows it; `policy` is that policy's ARN. `resource` is an ARN, or what IAM says
    for one ("role UpsolverRole"). `needs` are those of the change that fit: they know the ARN and the conditions.
    """

    action: str
    resource: str = ""
    principal: str = ""
    layer: Layer = ""
    explicit: bool = False
    policy: str = ""
    needs: tuple[Need, ...] = ()

    def as_json(self) -> dict[str, Any]:
        told = {name: value for name, value in asdict(replace(self, needs=())).items() if name != "needs"}
        return {**told, "statement": self.statement}

    @property
    def statement(self) -> dict[str, Any]:
        """What would allow it, as a policy has it. `*` stands only where no ARN is known, or AWS says it itself."""
        arns = [self.resource] if _is_whole(self.resource) else [*dict.fromkeys(need.arn for need in self.needs)]
        arns = arns or _by_name(self) or ["*"]
        found = {"Effect": "Allow", "Action": self.action, "Resource": arns[0] if len(arns) == 1 else arns}
        if len({need.conditions for need in self.needs}) != 1:
            return found  # which of several is asked for is not known
        return {**statements(self.needs)[0], **found}


@dataclass(frozen=True)
class Asked:
    """The call that was refused: for services that do not say what it was. `operation` as in "CreateBucket"."""

    service: str
    operation: str
    partition: str
    parameters: Mapping[str, Any]


def encoded_in(message: str) -> str:
    """The encoded part of the message, or ""."""
    found = _ENCODED.search(message)
    return found["message"] if found else ""


def without_encoded(message: str) -> str:
    return _ENCODED.sub("", message)


def denial_of(message: str, decoded: str = "", asked: Asked | None = None) -> Denial | None:
    """From AWS's words, from the JSON that DecodeAuthorizationMessage gives, and from the call, in this order."""
    found = _WHO.search(message)
    denial = Denial(found["action"], principal=found["principal"]) if found else None
    if found and (on := _ON.match(message, found.end())):
        denial = Denial(found["action"], on["resource"], found["principal"])
    denial = denial or _decoded(decoded) or _by_call(asked)
    if denial is None:
        return None
    if said := _EXPLICIT.search(message):
        policy = (said["policy"] or "").rstrip(".")
        return replace(denial, layer=_layer(said["layer"]), explicit=True, policy=policy)
    if said := _IMPLICIT.search(message):
        return replace(denial, layer=_layer(said["layer"]))
    return replace(denial, explicit="explicit deny" in message) if not denial.explicit else denial


def telling(message: str) -> tuple[bool, bool, bool, bool]:
    """How much AWS's words say: of several refusals about one thing, the one that says most is told.

    A layer that the caller's own policies cannot lift comes before a permission that they lack: that one would not help.
    """
    said = _EXPLICIT.search(message) or _IMPLICIT.search(message)
    layer = _layer(said["layer"]) if said else ""
    above = layer not in ("", "identity policy")
    return above, "explicit deny" in message, bool(layer), bool(_WHO.search(message))


def of_change(denial: Denial, needs: Iterable[Need]) -> Denial:
    """The denial with those of a change's needs that it is about."""
    same = [need for need in needs if need.action.lower() == denial.action.lower()]
    named = [need for need in same if _covers(need.arn, denial.resource)]
    return replace(denial, needs=tuple(named if named or _is_whole(denial.resource) else same))


def _is_whole(resource: str) -> bool:
    return resource.startswith(("arn:", "*"))


def _covers(arn: str, resource: str) -> bool:
    kind, _, name = resource.rpartition(" ")
    if _is_whole(name):
        return matches(arn, name)
    return f":{kind.replace(' ', '-')}/" in arn and matches(arn.rpartition("/")[2], name)


def _by_name(denial: Denial) -> list[str]:
    """The ARNs that "role NAME" can stand for, as a name does not tell its path: in the account of whoever asks, as IAM is
    never asked about another one. None where that is not known."""
    kind, _, name = denial.resource.rpartition(" ")
    where = re.match(r"(arn:[\w-]+):\w+::(\d{12}):", denial.principal)
    if _is_whole(name):
        return [name]
    if not kind or not where:
        return []
    return [f"{where[1]}:iam::{where[2]}:{kind.replace(' ', '-')}/{path}{name}" for path in ("", "*/")]


def _layer(words: str) -> Layer:
    return next(layer for name, layer in _LAYERS.items() if name.lower() == words.lower())


def _decoded(text: str) -> Denial | None:
    """{"explicitDeny": ..., "context": {"principal": {"arn": ...}, "action": ..., "resource": ...}}, and more."""
    try:
        content = json.loads(text) if text else {}
        context = content["context"]
        return Denial(
            str(context["action"]),
            str(context.get("resource", "")),
            str(context.get("principal", {}).get("arn", "")),
            explicit=content.get("explicitDeny") is True,
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _by_call(asked: Asked | None) -> Denial | None:
    if asked is None:
        return None
    name, service = asked.operation, asked.service
    if service == "s3control":
        return Denial(f"s3:{name}")
    if service != "s3":
        return Denial(f"{service}:{name}") if service in ("iam", "ec2", "batch") else None  # named as the calls are
    action = _S3_ACTIONS.get(name, name)
    if action == "DeleteObject" and _of_version(asked.parameters):
        action = "DeleteObjectVersion"
    bucket, key = asked.parameters.get("Bucket"), asked.parameters.get("Key")
    arn = f"arn:{asked.partition}:s3:::{bucket}" if bucket else "*"
    if bucket and action in _OF_OBJECTS:
        arn += f"/{key or '*'}"
    return Denial(f"s3:{action}", arn)


def _of_version(parameters: Mapping[str, Any]) -> bool:
    listed = parameters.get("Delete", {}).get("Objects", [])
    return any("VersionId" in item for item in (parameters, *listed))


def describe(denial: Denial) -> str:
    """In one line: what is denied, and by what."""
    what = f"{denial.action} on {denial.resource}" if denial.resource else denial.action
    if not denial.layer:
        return f"{what} is denied{', by an explicit deny' if denial.explicit else ''}"
    if denial.explicit:
        return f"{what} is denied by a {denial.layer}{f' ({denial.policy})' if denial.policy else ''}"
    return f"{what} is allowed by no {denial.layer}"


_ASK_WHOM: Mapping[Layer, str] = {
    "service control policy": "No permission in this account helps against a service control policy: whoever administers "
    "the AWS organization must allow it",
    "resource control policy": "No permission in this account helps against a resource control policy: whoever administers "
    "the AWS organization must allow it",
    "permissions boundary": "A further policy does not help: whoever set the permissions boundary of the user or role that "
    "you sign in with must allow it there, besides a policy that grants it",
    "session policy": "The session was made with a policy of its own that does not allow it: sign in without that, or with "
    "a wider one (whoever wrote your sign-in script or permission set knows it)",
    "resource policy": "The policy of the thing itself (a bucket's, a key's) says no: whoever owns it must allow it there",
    "trust policy": "The trust policy of the role to assume does not let you in: whoever owns that role must add you",
    "VPC endpoint policy": "The VPC endpoint on the way to AWS says no: whoever runs the network must allow it in the "
    "endpoint's policy, or take another way",
}


def advice(denial: Denial) -> str:
    """What to do, and whom to ask. The command to go on is said at the end of the run."""
    asked = json.dumps(denial.statement)
    if denial.statement["Resource"] == "*" and denial.resource not in ("", "*"):
        asked += f" (put the ARN of {denial.resource} for the *: AWS does not tell it)"
    which = f" (see {denial.policy})" if denial.policy else ""
    if denial.layer in _ASK_WHOM:
        return f"{_ASK_WHOM[denial.layer]}{which}: {asked}"
    if denial.explicit:
        where = "A policy that you have" if denial.layer else "A policy"
        return f"{where} forbids it{which}, and no further permission helps: its Deny must let through {asked}"
    if denial.layer:
        return f"Ask for this permission in a policy of the user or role that you sign in with: {asked}"
    return (
        f"Ask for this permission: {asked} If you have it, a boundary, a policy of the session, of the organization or of "
        "the thing itself says no, which AWS does not tell here."
    )
