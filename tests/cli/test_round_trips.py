"""How many round trips to AWS a command takes: the longest chain of calls that wait for each other, not seconds."""

import json
from collections import Counter

import boto3
import pytest

from tests.cli.conftest import INPUTS, Bootstrap
from tests.conftest import MakeScope
from tests.support.inputs import THOROUGH
from tests.support.samples import trust
from tests.support.wire import Wire

MOST = {
    "aspera-atc": (8, 5, 9),
    "biomodal-duet": (14, 3, 17),
    "upsolver-data-access": (5, 3, 5),
    "upsolver-private-vpc": (5, 2, 6),
    "upsolver-vpc": (5, 2, 6),
}
"""The round trips of create, of another create with nothing to do, and of destroy."""
CALLS = {"biomodal-duet": 136, "upsolver-vpc": 28}
"""The calls of destroy."""


@pytest.fixture
def existing(scope: MakeScope) -> None:
    """What the inputs of Aspera name as existing, in two accounts."""
    here = scope()
    here.client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust()))
    entrance = "arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"
    gave = here.client("sts").assume_role(RoleArn=entrance, RoleSessionName="test")["Credentials"]
    keys = {"aws_access_key_id": gave["AccessKeyId"], "aws_secret_access_key": gave["SecretAccessKey"]}
    boto3.client("s3", **keys, aws_session_token=gave["SessionToken"]).create_bucket(Bucket="acme-in")


@pytest.mark.parametrize("name", THOROUGH)
@pytest.mark.usefixtures("existing")
def test_a_plan_sends_no_call_twice(name: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        assert bootstrap(f"plan --integration {name} {INPUTS[name]} --no-preflight").code == 0
    sent = Counter((call.headers["authorization"].partition(",")[0], call.name, call.text) for call in calls)
    assert [call for call, times in sent.items() if times > 1] == []


@pytest.mark.parametrize("name", THOROUGH)
@pytest.mark.usefixtures("existing")
def test_no_verb_takes_more_round_trips_than_it_needs(name: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    create = f"create --integration {name} {INPUTS[name]} --yes"
    for line, most in zip((create, create, "destroy --yes"), MOST[name], strict=True):
        with cloud.recorded() as calls, cloud.in_rounds() as rounds:
            ran = bootstrap(line)
        assert ran.code == 0, ran.err
        chain = "\n".join(f"{number}. {dict(Counter(each))}" for number, each in enumerate(rounds, 1))
        assert len(rounds) <= most, f"{line} takes {len(rounds)} round trips:\n{chain}"
    assert len(calls) <= CALLS.get(name, 1000)
