"""The policy of denials on a review's page: a create with the boundary works under it, and one without is denied."""

import json
from typing import Any
from urllib.parse import parse_qsl

from bootstrap.core.policy import as_list
from tests.cli.conftest import VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, error_answer


class Denying:
    """As IAM applies the denials: the key iam:PermissionsBoundary is that of the request, or else that of the role."""

    def __init__(self, limit: Any) -> None:
        self._limit, self._bound, self.met = limit, dict[str, str](), 0

    def __call__(self, call: Call, carry: Carry) -> Any:
        sent = dict(parse_qsl(call.body))
        role = sent.get("RoleName", "")
        boundary = sent.get("PermissionsBoundary") or self._bound.get(role, "")
        for each in self._limit["Statement"]:
            if f"iam:{call.operation}" in as_list(each["Action"]):
                self.met += 1
                test = each.get("Condition", {}).get("StringNotEquals", {})
                if all(boundary != wanted for wanted in test.values()):
                    return error_answer(call, "AccessDenied", "with an explicit deny in an identity-based policy", 403)
        if call.operation in ("CreateRole", "PutRolePermissionsBoundary"):
            self._bound[role] = boundary
        return carry()


def test_the_denials_let_through_what_keeps_the_boundary_and_nothing_else(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    made = scope().client("iam").create_policy(PolicyName="Most", PolicyDocument=document)["Policy"]["Arn"]
    bounded = f"{VPC} --permissions-boundary {made}"
    ran = bootstrap(f"review upsolver-vpc {bounded.partition('upsolver-vpc')[2]} --format json")
    [limit] = ran.json["operator_limits"].values()
    cloud.between = denying = Denying(limit)
    without = bootstrap(f"create {VPC} --yes")
    assert (without.code, "iam:CreateRole" in without.err) == (1, True)
    assert bootstrap(f"create {bounded} --yes").code == 0
    assert bootstrap(f"create {bounded} --harden --yes").code == 0
    assert denying.met > 5
    removed = bootstrap(f"create {VPC} --harden --permissions-boundary '' --yes")
    assert removed.code != 0
    assert "iam:DeleteRolePermissionsBoundary" in removed.err
    assert bootstrap("destroy --yes").code == 0
