"""One statement in the trust policy of a role that somebody else made: added, kept right and taken away by its Sid.

IAM knows a trust policy only as a whole, so each change reads it, replaces our statement, and writes it back; all other
statements stay as they are. Source: IAM API reference GetRole, UpdateAssumeRolePolicy.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from bootstrap.aws_errors import code_of
from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.direction import Compared, Directions, Repaired
from bootstrap.core.live import Live, Obstacle, Outputs, Properties
from bootstrap.core.narrowing import statement_order
from bootstrap.core.owner import Owner
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.errors import AwsError
from bootstrap.resources import iam, whole

_QUOTA = "Role trust policy length (L-C07B4B0D)"
_ROLE = "arn:{partition}:iam::{account}:role{role_path}{role}"


@dataclass(frozen=True, kw_only=True)
class IamRoleTrustStatement(Resource):
    """`role` is the role's name, `role_path` its path (for the permission's ARN only); `statement` comes without a Sid:
    the Sid is the owner's mark, by which the statement is found again also after a crash."""

    kind: ClassVar[str] = "iam_role_trust_statement"
    services: ClassVar[tuple[str, ...]] = ("iam",)
    outputs: ClassVar[tuple[str, ...]] = ("role_id", "role", "sid")
    unique_id: ClassVar[str] = "role_id"
    lag: ClassVar[float] = iam.LAG
    immutable: ClassVar[frozenset[str]] = frozenset({"role"})
    directions: ClassVar[Directions] = {
        "statement": Compared(statement_order),
        "role_path": Repaired("for the ARN in a permission only"),
    }
    obstructed: ClassVar[frozenset[str]] = frozenset({"statement"})
    taggable: ClassVar[bool] = False
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("read", "iam:GetRole", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("create", "iam:GetRole", _ROLE, wide=iam.UNKNOWN_PATH),
        iam.COUNTED,
        Permission("create", "iam:UpdateAssumeRolePolicy", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("update", "iam:GetRole", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("update", "iam:UpdateAssumeRolePolicy", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("delete", "iam:UpdateAssumeRolePolicy", _ROLE, wide=iam.UNKNOWN_PATH),
    )

    role: str
    statement: dict[str, Any]
    role_path: str = "/"

    @property
    def label(self) -> str:
        return f"trust in {self.role}"

    def words(self) -> Properties:
        return {**self.properties(), "role_path": iam.under(self.role_path)}

    def problems(self, account: Account) -> Sequence[str]:
        return iam.trust_problems({"Version": policy.VERSION, "Statement": [self.statement]}, account)

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        return {"trust": {"Version": policy.VERSION, "Statement": [self.statement]}}

    def canonical(self, name: str, value: Any) -> Any:
        return policy.canonical({"Statement": [value]}) if name == "statement" else value

    def read(self, aws: Any, outputs: Outputs) -> Live | None:
        # Recorded, it is looked for where it was put: in another role than the one that is wanted now it would stay.
        name = outputs.get("role", self.role)
        [found] = aws.read(Query("iam", "get_role", {"RoleName": name}, (iam.GONE,)))
        if found is None:
            return None
        statements = _statements(found["Role"])
        owner = aws.owner if aws.owner.lineage else _owner_in(statements, aws.owner)
        sid = owner.mark
        ours = [item for item in statements if item.get("Sid") == sid]
        if not ours:
            return None
        dead = policy.dead_principals({"Statement": [item for item in statements if item not in ours]})
        stuck = tuple(f"IAM takes no change of the trust of {name} while it names the deleted {each}" for each in dead)
        only = f"it is the only statement that {name} trusts by, and IAM takes no empty trust policy"
        return Live(
            outputs={"role_id": found["Role"]["RoleId"], "role": name, "sid": sid},
            properties={"role": name, "statement": {key: value for key, value in ours[0].items() if key != "Sid"}},
            owner=owner,
            notes=stuck
            + tuple(
                f"the trusted principal {each} was deleted; one of the same name is not trusted until this is written again"
                for each in policy.dead_principals({"Statement": ours})
            ),
            blockers=(stuck or ((only,) if len(statements) == len(ours) else ())) if aws.destroying else (),
        )

    def obstacles(self, aws: Any) -> Sequence[Obstacle]:
        """Whether IAM would refuse the role's trust policy with ours in it: as a whole it is written anew."""
        [found] = aws.read(Query("iam", "get_role", {"RoleName": self.role}, (iam.GONE,)))
        if found is None:
            return ()
        if dead := policy.dead_principals(self._with(found["Role"], aws.owner.mark, [])):
            what = f"the trust policy of {self.role} names deleted roles or users ({', '.join(dead)}), and IAM refuses to "
            edit = f"Remove them from the role's trust policy (IAM console, Roles, {self.role}, Trust relationships)."
            return [Obstacle(f"{what}save it with them", f"{edit} They can no longer assume the role anyway.")]
        document = self._with(found["Role"], aws.owner.mark, [{"Sid": aws.owner.mark, **self.statement}])
        size = policy.characters(document)
        if size <= policy.TRUST_LIMIT:
            return ()
        limit = iam.quota(aws, "AssumeRolePolicySizeQuota")
        if limit is None or size <= limit:
            return ()
        what = f"the trust policy of {self.role} would have {size:,} characters, and this account's limit is {limit:,}"
        return [Obstacle(what, f"Take statements out that nobody needs, or {iam.more(_QUOTA)}")]

    def create(self, aws: Any) -> Live:
        role_id = self._write(aws, self.role, [{"Sid": aws.owner.mark, **self.statement}])
        return Live({"role_id": role_id, "role": self.role, "sid": aws.owner.mark}, self.properties(), aws.owner)

    def update(self, aws: Any, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        if any(item.field == "statement" for item in differences):
            self._write(aws, outputs["role"], [{"Sid": aws.owner.mark, **self.statement}])
        return outputs

    def delete(self, aws: Any, outputs: Outputs) -> None:
        try:
            self._write(aws, outputs.get("role", self.role), [])
        except ClientError as error:
            if code_of(error) != iam.GONE:
                raise

    def _write(self, aws: Any, name: str, ours: list[dict[str, Any]]) -> str:
        """Puts `ours` in the place of our statement, or behind all others. Returns the role's id."""

        def changed(answer: Any) -> whole.Write:
            before = _statements(answer["Role"])
            after = [item for item in before if item.get("Sid") != aws.owner.mark]
            if not ours and len(after) == len(before):
                return None
            if not ours and not after:
                raise AwsError(
                    f"{name} trusts nobody but whom this deployment added, and IAM takes no empty trust policy",
                    "Write another trust policy to the role, or delete it, and run destroy again.",
                    "MalformedPolicyDocument",
                )
            document = self._with(answer["Role"], aws.owner.mark, ours)
            return "update_assume_role_policy", {"PolicyDocument": json.dumps(document)}

        return str(whole.rewrite(aws, whole.TRUST, {"RoleName": name}, changed)["Role"]["RoleId"])

    @staticmethod
    def _with(role: Mapping[str, Any], sid: str, ours: list[dict[str, Any]]) -> dict[str, Any]:
        """The role's trust policy with `ours` in the place of our statement, or behind all others."""
        before = _statements(role)
        others = [item for item in before if item.get("Sid") != sid]
        place = next((number for number, item in enumerate(before) if item.get("Sid") == sid), len(others))
        return {**role["AssumeRolePolicyDocument"], "Statement": [*others[:place], *ours, *others[place:]]}


def _owner_in(statements: Iterable[Mapping[str, Any]], owner: Owner) -> Owner:
    """With the lineage that a Sid tells, where the state that knew it is lost."""
    lineages = [owner.lineage_of(str(item.get("Sid", ""))) for item in statements]
    return replace(owner, lineage=next(filter(None, lineages), ""))


def _statements(role: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = role["AssumeRolePolicyDocument"].get("Statement", [])
    return list(found) if isinstance(found, list) else [found]
