"""Our part of the trust policy of a role that somebody else created: a statement that lets somebody in, and optionally one
that denies them without the external id. Both are found by their Sids, and written and deleted in one call.

IAM replaces a trust policy as a whole, so each change reads it, replaces our statements, and writes it back; all other
statements stay as they are. What others allow too widely is denied, not edited: so nothing has to be restored.
Source: IAM API reference GetRole, UpdateAssumeRolePolicy; IAM user guide reference_policies_evaluation-logic.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.owner import Owner
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.core.strictness import Compared, Repaired
from bootstrap.errors import AwsError
from bootstrap.permissions import trust_overlap
from bootstrap.permissions.federated_trust import providers
from bootstrap.permissions.policy_order import denial_order, statement_order
from bootstrap.resources import documents
from bootstrap.resources.iam import shared as iam

_QUOTA = "Role trust policy length (L-C07B4B0D)"
_ROLE = "arn:{partition}:iam::{account}:role{role_path}{role}"
_DENY = "Deny"
"""The suffix of the owner's mark in the Sid of the statement that denies."""
REQUIRE = "--require-external-id"
"""The input that asks for that statement."""


@dataclass(frozen=True, kw_only=True)
class IamRoleTrustStatement(Resource):
    """`role` is the role's name, `role_path` its path (for the permission's ARN only); `statement` and `deny` ({} for none)
    have no Sid: the Sid is the owner's mark, by which a statement is found again even after a crash."""

    kind = "iam_role_trust_statement"
    services = ("iam",)
    identifiers = Identifiers(outputs=("role_id", "role", "sid"), unique_id="role_id", lag=iam.LAG)
    updates = Updates(
        force_new={"role"},
        strictness={
            "statement": Compared(statement_order),
            "deny": Compared(denial_order),
            "role_path": Repaired("for the ARN in a permission only"),
        },
        precheck_on_update={"statement", "deny"},
    )
    permissions = (
        Permission("read", "iam:GetRole", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("create", "iam:GetRole", _ROLE, wide=iam.UNKNOWN_PATH),
        iam.COUNTED,
        Permission("create", "iam:UpdateAssumeRolePolicy", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("update", "iam:GetRole", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("update", "iam:UpdateAssumeRolePolicy", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("delete", "iam:UpdateAssumeRolePolicy", _ROLE, wide=iam.UNKNOWN_PATH),
    )

    role: str
    statement: policy.PolicyStatement
    deny: policy.PolicyStatement = field(default_factory=dict)
    role_path: str = "/"

    @property
    def label(self) -> str:
        return f"trust in {self.role}"

    def arn_variables(self) -> Properties:
        return {**self.properties(), "role_path": iam.under(self.role_path)}

    def validate(self, account: Account) -> Sequence[str]:
        return iam.trust_problems({"Version": policy.VERSION, "Statement": [self.statement]}, account)

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        return {"trust": {"Version": policy.VERSION, "Statement": [self.statement, *filter(None, [self.deny])]}}

    def attachments(self) -> Iterable[Part]:
        trust = {"Statement": [self.statement]}
        return [Part(iam.TRUSTED_BY, provider, f"role {self.role}") for provider, _ in providers(trust)]

    def canonical(self, name: str, value: Any) -> Any:
        return policy.canonical({"Statement": [value]}) if name in ("statement", "deny") else value

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        # If it is recorded, look at the recorded role: it would stay there if the desired role is another one now.
        name = outputs.get("role", self.role)
        [found] = aws.read(Query("iam", "get_role", {"RoleName": name}, (iam.GONE,)))
        if found is None:
            return None
        statements = _statements(found["Role"])
        owner = aws.owner if aws.owner.lineage else _owner_in(statements, aws.owner)
        ours = [item for item in statements if item.get("Sid") in _sids(owner)]
        if not ours:
            return None
        by_sid = {item["Sid"]: {key: value for key, value in item.items() if key != "Sid"} for item in ours}
        allowing, denying = (by_sid.get(sid, {}) for sid in _sids(owner))
        dead = policy.dead_principals({"Statement": [item for item in statements if item not in ours]})
        stuck = tuple(
            f"IAM refuses every change of the trust policy of {name} while it names the deleted {each}" for each in dead
        )
        only = f"it is the only statement in the trust policy of {name}, and IAM accepts no empty trust policy"
        return Live(
            outputs={"role_id": found["Role"]["RoleId"], "role": name, "sid": owner.mark},
            properties={"role": name, "statement": allowing, "deny": denying},
            owner=owner,
            notes=stuck
            + tuple(
                f"the trusted principal {each} was deleted; one of the same name is not trusted until this is written again"
                for each in policy.dead_principals({"Statement": ours})
            ),
            blockers=(stuck or ((only,) if len(statements) == len(ours) else ())) if aws.destroying else (),
        )

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Whether IAM would refuse the role's trust policy with ours in it: the whole policy is written."""
        [found] = aws.read(Query("iam", "get_role", {"RoleName": self.role}, (iam.GONE,)))
        if found is None:
            return ()
        if dead := policy.dead_principals(_with(found["Role"], aws.owner, [])):
            what = f"the trust policy of {self.role} names deleted roles or users ({', '.join(dead)}), and IAM refuses to "
            edit = f"Remove them from the role's trust policy (IAM console, Roles, {self.role}, Trust relationships)."
            return [Obstacle(f"{what}save it with them", f"{edit} They can no longer assume the role anyway.")]
        document = _with(found["Role"], aws.owner, self._ours(aws.owner))
        return [*self._locked_out(_with(found["Role"], aws.owner, [])), *self._too_long(aws, document)]

    def _locked_out(self, others: Mapping[str, Any]) -> Iterator[Obstacle]:
        """Whether the Deny would lock out a role that another deployment lets in with its own external id. If the other
        statement belongs to the user, that is what they requested, and a warning says so."""
        for role_arn, external_id in self._trusted() if self.deny else ():
            if names := [name for name in trust_overlap.other_ids(others, role_arn, external_id) if Owner.is_mark(name)]:
                yield Obstacle(
                    f"the trust policy of {self.role} lets {role_arn} in with other external ids as well (statement "
                    f"{', '.join(names)}), and {REQUIRE} would refuse those",
                    f"Omit {REQUIRE}. Or first destroy the deployment that added the statement, if nobody needs it.",
                )

    def _too_long(self, aws: Cloud, document: Mapping[str, Any]) -> Iterator[Obstacle]:
        size = policy.characters(document)
        if size <= policy.TRUST_LIMIT:
            return
        limit = iam.quota(aws, "AssumeRolePolicySizeQuota")
        if limit is not None and size > limit:
            what = f"the trust policy of {self.role} would have {size:,} characters, and this account's limit is {limit:,}"
            yield Obstacle(what, f"Remove statements that nobody needs, or {iam.more(_QUOTA)}")

    def warnings(self, aws: Cloud) -> Sequence[str]:
        """What other statements of the future trust policy do to this one: let the same role in without the external id or
        with another one, or deny it."""
        found = aws.read_if_allowed(Query("iam", "get_role", {"RoleName": self.role}, (iam.GONE,)))
        if not found:
            return ()
        denying = [item for item in self._ours(aws.owner) if item["Effect"] == "Deny"]
        document = _with(found["Role"], aws.owner, denying)
        return [
            text
            for role_arn, external_id in self._trusted()
            for text in (
                *(
                    _describe(item, self.role, role_arn)
                    for item in trust_overlap.openings(document, role_arn)
                    if _counts(item, aws)
                ),
                *(
                    f"statement {name} of the trust policy of {self.role} lets {role_arn} in with another external id"
                    + (f": {REQUIRE} refuses that as long as this deployment is there" if self.deny else "")
                    for name in trust_overlap.other_ids(document, role_arn, external_id)
                    if not (self.deny and Owner.is_mark(name))
                ),
                *(
                    f"statement {name} of the trust policy of {self.role} denies {role_arn} even with the external id"
                    for name in trust_overlap.denied_by(document, role_arn, external_id)
                ),
            )
        ]

    def _trusted(self) -> Iterator[tuple[str, str]]:
        """Each role that the statement lets in, with the external id that it must send."""
        tests = self.statement.get("Condition", {}).get("StringEquals", {})
        for principal in policy.as_list(self.statement.get("Principal", {}).get("AWS", [])):
            for external_id in policy.as_list(tests.get("sts:ExternalId", [])):
                if ":role/" in principal:
                    yield principal, external_id

    def _ours(self, owner: Owner) -> list[dict[str, Any]]:
        parts = zip(_sids(owner), (self.statement, self.deny), strict=True)
        return [{"Sid": sid, **content} for sid, content in parts if content]

    def create(self, aws: Cloud) -> Live:
        role_id = self._write(aws, self.role, self._ours(aws.owner))
        return Live({"role_id": role_id, "role": self.role, "sid": aws.owner.mark}, self.properties(), aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        if any(item.field in ("statement", "deny") for item in differences):
            self._write(aws, outputs["role"], self._ours(aws.owner))
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        try:
            self._write(aws, outputs.get("role", self.role), [])
        except ClientError as error:
            if code_of(error) != iam.GONE:
                raise

    def _write(self, aws: Cloud, name: str, ours: list[dict[str, Any]]) -> str:
        """Replaces our statements with `ours`, or appends them. Returns the role's id."""

        def changed(answer: Any) -> documents.Write:
            before = _statements(answer["Role"])
            after = [item for item in before if item.get("Sid") not in _sids(aws.owner)]
            if not ours and len(after) == len(before):
                return None
            if not ours and not after:
                raise AwsError(
                    f"the trust policy of {name} has no statement but ours, and IAM accepts no empty trust policy",
                    "Give the role another trust policy, or delete the role, and run the same command again.",
                    "MalformedPolicyDocument",
                )
            document = _with(answer["Role"], aws.owner, ours)
            return "update_assume_role_policy", {"PolicyDocument": json.dumps(document)}

        return str(documents.rewrite(aws, documents.TRUST, {"RoleName": name}, changed)["Role"]["RoleId"])


def _with(role: Mapping[str, Any], owner: Owner, ours: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The role's trust policy with our statements replaced by `ours`, or with `ours` appended."""
    before, sids = _statements(role), _sids(owner)
    others = [item for item in before if item.get("Sid") not in sids]
    place = next((number for number, item in enumerate(before) if item.get("Sid") in sids), len(others))
    return {**role["AssumeRolePolicyDocument"], "Statement": [*others[:place], *ours, *others[place:]]}


def _sids(owner: Owner) -> tuple[str, str]:
    """The Sids of the statement that lets in, and of the one that denies."""
    return owner.mark, owner.mark + _DENY


def _counts(opening: trust_overlap.Opening, aws: Cloud) -> bool:
    """Principals of the role's own account do not matter: the external id is not for them."""
    return opening.is_open or (opening.who != "" and not opening.who.endswith(aws.account.id))


def _describe(opening: trust_overlap.Opening, role: str, role_arn: str) -> str:
    where = f"statement {opening.statement} of the trust policy of {role}"
    held = ", on conditions of its own" if opening.on_conditions else ""
    meanwhile = "as long as this deployment is there"
    edit = f"if nobody needs that, remove it (IAM console, Roles, {role}, Trust relationships)"
    if not opening.is_open:
        return f"{where} lets {opening.who} but {role_arn} in without the external id{held}: {edit}"
    if opening.who:
        return (
            f"{where} lets {opening.who} in without the external id, {role_arn} too{held}: "
            f"{REQUIRE} refuses it to that role {meanwhile}; {edit}"
        )
    return f"{where} lets {role_arn} in without the external id{held}: {REQUIRE} refuses that {meanwhile}"


def _owner_in(statements: Iterable[Mapping[str, Any]], owner: Owner) -> Owner:
    """The owner with the lineage from a Sid, when the state that recorded it is lost."""
    lineages = [owner.lineage_of(str(item.get("Sid", "")).removesuffix(_DENY)) for item in statements]
    return replace(owner, lineage=next(filter(None, lineages), ""))


def _statements(role: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(policy.as_list(role["AssumeRolePolicyDocument"].get("Statement", [])))
