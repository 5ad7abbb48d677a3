"""Where one way is refused and another one is tried, the first error is told unless the second way leads on."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.scope import Scope
from bootstrap.core.difference import Difference
from bootstrap.resources.ec2.elastic_ip import Ec2ElasticIp
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.s3.bucket import S3Bucket
from tests.conftest import FAST, MakeScope
from tests.support.faults import DENIED, no_connection
from tests.support.samples import allow
from tests.support.wire import Call, Carry, Wire, error_answer


class Way(NamedTuple):
    """The call that is refused with this code, the one that is made then, and what leads to both."""

    first: str
    code: str
    status: int
    second: str
    act: Callable[[Scope], object]


POLICY = IamPolicy(name="P", document=allow("s3:GetObject"))
TEXT = Difference("document", None, {}, POLICY.document)
TAG = Difference("tags", "team", None, "data")
ARN = {"arn": "arn:aws:iam::123456789012:policy/P", "policy_id": "ANPA1", "version": "v1"}
ROLE = Difference("role", None, None, "R")
BUCKET = {"name": "bucket", "arn": "arn:aws:s3:::bucket", "region": "us-east-1"}

WAYS: Mapping[str, Way] = {
    "tags of a bucket": Way(
        "PutBucketTagging",
        "MethodNotAllowed",
        405,
        "TagResource",
        lambda scope: S3Bucket(name="bucket", tags={"team": "data"}).update(scope, BUCKET, [TAG]),
    ),
    "a version of a policy": Way(
        "CreatePolicyVersion", "LimitExceeded", 409, "GetPolicy", lambda scope: POLICY.update(scope, ARN, [TEXT])
    ),
    "a role in a profile": Way(
        "AddRoleToInstanceProfile",
        "LimitExceeded",
        409,
        "GetInstanceProfile",
        lambda scope: IamInstanceProfile(name="I", role="R").update(scope, {"name": "I"}, [ROLE]),
    ),
    "an address that may have been bought": Way(
        "AllocateAddress", "InternalError", 500, "DescribeAddresses", lambda scope: Ec2ElasticIp().create(scope)
    ),
    "an address that may be somebody else's": Way(
        "ReleaseAddress",
        "AuthFailure",
        403,
        "DescribeAddresses",
        lambda scope: Ec2ElasticIp().delete(scope, {"allocation_id": "eipalloc-1"}),
    ),
}


@pytest.mark.parametrize("denied", [True, False], ids=["denied", "unreachable"])
@pytest.mark.parametrize("what", WAYS)
def test_the_first_error_is_reported_where_the_second_way_is_closed(
    what: str, denied: bool, scope: MakeScope, cloud: Wire
) -> None:
    way, refused = WAYS[what], list[str]()
    scope().client("s3").create_bucket(Bucket="bucket")

    def between(call: Call, carry: Carry) -> Any:
        if call.operation == way.first:
            refused.append(call.operation)
            return error_answer(call, way.code, "the first refusal", way.status)
        if call.operation == way.second and refused:
            refused.append(call.operation)
            if not denied:
                raise no_connection()
            return error_answer(call, *DENIED[call.service])
        return carry()

    cloud.between = between
    with pytest.raises(ClientError, match="the first refusal") as raised:
        way.act(scope())
    assert code_of(raised.value) == way.code
    assert isinstance(raised.value.__cause__, ClientError if denied else BotoCoreError)
    assert way.second in refused


HELD: Mapping[str, tuple[str, str, Callable[[Scope], object]]] = {
    "DeleteSecurityGroup": (
        "DependencyViolation",
        "DescribeNetworkInterfaces",
        lambda scope: Ec2SecurityGroup(name="g", description="g", vpc="vpc-1").delete(scope, {"group_id": "sg-1"}),
    ),
    "ReleaseAddress": (
        "InvalidIPAddress.InUse",
        "DescribeAddresses",
        lambda scope: Ec2ElasticIp().delete(scope, {"allocation_id": "eipalloc-1"}),
    ),
}


@pytest.mark.parametrize("first", HELD)
def test_what_is_held_is_waited_for_though_nobody_may_say_by_what(first: str, scope: MakeScope, cloud: Wire) -> None:
    code, second, act = HELD[first]
    said: list[str] = []
    cloud.refuse(first, code, "is held", times=2)
    cloud.refuse(first, "InvalidGroup.NotFound" if "Group" in first else "InvalidAllocationID.NotFound")
    cloud.refuse(second, *DENIED["ec2"][:2], status=403, times=9)
    here = scope(progress=said.append)
    here.aws.timing = replace(FAST, propagation=60)
    act(here)
    assert len(said) == 2
