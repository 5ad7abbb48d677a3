"""Reads an access-denied error of AWS: which action on which resource was denied, by which layer of policies; and advises.

AWS names the layer in its message: "because no LAYER allows the ACTION action" when no policy allows it, "with an explicit
deny in a LAYER" when one forbids it, since 2025 followed by the policy's ARN. EC2 may put it into an encoded message.
Sources: IAM user guide troubleshoot_access-denied; STS API reference DecodeAuthorizationMessage; S3 user guide
troubleshoot-403-errors; Service authorization reference (S3).
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bootstrap.permissions.authorization import Verdict, authorization_id
from bootstrap.permissions.operator import Need
from bootstrap.permissions.operator_policy import statements
from bootstrap.permissions.s3_actions import S3_ACTIONS
from bootstrap.permissions.wildcards import matches

Layer = Literal[
    "", "identity policy", "permissions boundary", "service control policy", "resource control policy", "session policy",
    "resource policy", "trust policy", "VPC endpoint policy",
]  # fmt: skip

CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation", "403"}
"""A HEAD request to S3 gets only 403."""

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

_ON_OBJECTS = {
    *("GetObject", "PutObject", "DeleteObject", "DeleteObjectVersion", "AbortMultipartUpload"),
    *("GetObjectRetention", "GetObjectLegalHold"),
}


@dataclass(frozen=True)
class Denial:
    """Which action was denied to whom, and by what. Texts are "" when AWS does not say. `explicit`: a policy forbids it, and
    `policy` is its ARN; otherwise no policy allows it. `resource` is an ARN, or IAM's words for one ("role UpsolverRole").
    `needs` are the needs of the change for this action: they have the ARN and the conditions. Under the `authorization_id`,
    AWS keeps the `verdicts` of all layers.
    """

    action: str
    resource: str = ""
    principal: str = ""
    layer: Layer = ""
    explicit: bool = False
    policy: str = ""
    needs: tuple[Need, ...] = ()
    authorization_id: str = ""
    verdicts: tuple[Verdict, ...] = ()

    def as_json(self) -> dict[str, Any]:
        fields = {name: value for name, value in asdict(replace(self, needs=())).items() if name != "needs"}
        verdicts = [{**asdict(each), "statements": list(each.statements)} for each in self.verdicts]
        return {**fields, "verdicts": verdicts, "statement": self.statement}

    @property
    def statement(self) -> dict[str, Any]:
        """A statement that would allow it. The resource is `*` only when no ARN is known, or AWS says so."""
        arns = [self.resource] if _is_whole(self.resource) else [*dict.fromkeys(need.arn for need in self.needs)]
        arns = arns or _by_name(self) or ["*"]
        found = {"Effect": "Allow", "Action": self.action, "Resource": arns[0] if len(arns) == 1 else arns}
        if len({need.conditions for need in self.needs}) != 1:
            return found  # AWS does not say which of them it tested
        return {**statements(self.needs)[0], **found}


@dataclass(frozen=True)
class Asked:
    """The call that was denied, for services whose errors do not name it. `operation` is like "CreateBucket"."""

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
    """The denial, from AWS's message, from the JSON of DecodeAuthorizationMessage, or from the call, in this order."""
    found = _WHO.search(message)
    denial = Denial(found["action"], principal=found["principal"]) if found else None
    if found and (on := _ON.match(message, found.end())):
        denial = Denial(found["action"], on["resource"], found["principal"])
    denial = denial or _decoded(decoded) or _by_call(asked)
    if denial is None:
        return None
    denial = replace(denial, authorization_id=authorization_id(message))
    if said := _EXPLICIT.search(message):
        policy = (said["policy"] or "").rstrip(".")
        return replace(denial, layer=_layer(said["layer"]), explicit=True, policy=policy)
    if said := _IMPLICIT.search(message):
        return replace(denial, layer=_layer(said["layer"]))
    return replace(denial, explicit="explicit deny" in message) if not denial.explicit else denial


def telling(message: str) -> tuple[bool, bool, bool, bool]:
    """How much a message says, as a sort key: of several denials of one read, the most specific one is shown.

    A layer above the caller's own policies comes before a missing permission, which would not help alone.
    """
    said = _EXPLICIT.search(message) or _IMPLICIT.search(message)
    layer = _layer(said["layer"]) if said else ""
    above = layer not in ("", "identity policy")
    return above, "explicit deny" in message, bool(layer), bool(_WHO.search(message))


def of_change(denial: Denial, needs: Iterable[Need]) -> Denial:
    """The denial with the needs of a change that it is about."""
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
    """The ARNs that "role NAME" can mean, as the path is not known: in the caller's account, because IAM has only that one.
    Empty when the account is not known."""
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


_NAMED_AS_CALLS = ("iam", "ec2", "batch", "cloudformation")
"""Services whose actions are named as the calls are."""


def _by_call(asked: Asked | None) -> Denial | None:
    if asked is None:
        return None
    name, service = asked.operation, asked.service
    if service == "s3control":
        return Denial(f"s3:{name}")
    if service != "s3":
        return Denial(f"{service}:{name}") if service in _NAMED_AS_CALLS else None
    action = S3_ACTIONS.get(name, name)
    if action == "DeleteObject" and _of_version(asked.parameters):
        action = "DeleteObjectVersion"
    bucket, key = asked.parameters.get("Bucket"), asked.parameters.get("Key")
    arn = f"arn:{asked.partition}:s3:::{bucket}" if bucket else "*"
    if bucket and action in _ON_OBJECTS:
        arn += f"/{key or '*'}"
    return Denial(f"s3:{action}", arn)


def _of_version(parameters: Mapping[str, Any]) -> bool:
    listed = parameters.get("Delete", {}).get("Objects", [])
    return any("VersionId" in item for item in (parameters, *listed))


def describe(denial: Denial) -> str:
    """What was denied and by what, in one line."""
    what = f"{denial.action} on {denial.resource}" if denial.resource else denial.action
    if not denial.layer:
        return f"{what} is denied{', by an explicit deny' if denial.explicit else ''}"
    if denial.explicit:
        return f"{what} is denied by a {denial.layer}{f' ({denial.policy})' if denial.policy else ''}"
    return f"{what} is allowed by no {denial.layer}"


_ASK_WHOM: Mapping[Layer, str] = {
    "service control policy": "No permission in this account overrides a service control policy: ask the administrator of "
    "the AWS organization to allow it",
    "resource control policy": "No permission in this account overrides a resource control policy: ask the administrator of "
    "the AWS organization to allow it",
    "permissions boundary": "Another policy does not help: ask whoever set the permissions boundary of the user or role "
    "that you sign in with to allow it there, in addition to a policy that grants it",
    "session policy": "Your session has a policy of its own that does not allow it: sign in without that policy, or with a "
    "wider one (ask whoever wrote your sign-in script or permission set). If you used --cage, it is that of the run: omit "
    "--cage, and please report it",
    "resource policy": "The policy of the resource itself (a bucket, a key) denies it: ask its owner to allow it there",
    "trust policy": "The trust policy of the role does not admit you: ask the owner of the role to add you",
    "VPC endpoint policy": "The VPC endpoint between you and AWS denies it: ask whoever runs the network to allow it in the "
    "endpoint's policy, or use another route",
}


def advice(denial: Denial) -> str:
    """What to do and whom to ask. The end of the run shows the command to continue."""
    asked = json.dumps(denial.statement)
    if denial.statement["Resource"] == "*" and denial.resource not in ("", "*"):
        asked += f" (replace the * with the ARN of {denial.resource}, which AWS does not show)"
    which = f" (see {denial.policy})" if denial.policy else ""
    if denial.layer in _ASK_WHOM:
        return f"{_ASK_WHOM[denial.layer]}{which}: {asked}"
    if denial.explicit:
        where = "A policy that you have" if denial.layer else "A policy"
        return f"{where} forbids it{which}, and no permission overrides it: its Deny must make an exception for {asked}"
    if denial.layer:
        return f"Ask for this permission in a policy of the user or role that you sign in with: {asked}"
    return (
        f"Ask for this permission: {asked} If you have it, a boundary or a policy of the session, of the organization or of "
        "the resource itself denies it; AWS does not say which."
    )
