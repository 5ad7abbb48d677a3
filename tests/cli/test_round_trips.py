"""How many round trips to AWS a command takes: the longest chain of calls that wait for each other, not seconds."""

import json
from collections import Counter
from collections.abc import Iterable

import boto3
import pytest

from bootstrap.contract.authorization import Operator
from tests.cli.conftest import INPUTS, Bootstrap
from tests.conftest import MakeScope
from tests.support.inputs import THOROUGH
from tests.support.operators import client, give, two_accounts
from tests.support.samples import trust
from tests.support.wire import Call, Wire

MOST = {
    "aspera-atc": (7, 5, 8),
    "biomodal-duet": (14, 3, 16),
    "upsolver-data-access": (5, 3, 5),
    "upsolver-private-vpc": (5, 2, 6),
    "upsolver-vpc": (5, 2, 6),
}
"""The round trips of create, of another create with nothing to do, and of destroy."""
CALLS = {"biomodal-duet": 133, "upsolver-vpc": 28}
"""The calls of destroy. Six of biomodal-duet are dry runs, which the sandbox does not need."""
MOST_OF_ROLE = {
    "aspera-atc": (8, 5, 9),
    "biomodal-duet": (13, 3, 16),
    "upsolver-data-access": (6, 3, 6),
    "upsolver-private-vpc": (6, 2, 7),
    "upsolver-vpc": (6, 2, 7),
}
"""The same for a role, which is simulated in one round trip. Whoever is not simulated needs dry runs: biomodal-duet has two
rounds of them on create and one on destroy."""
CALLS_OF_ROLE = {"biomodal-duet": 143, "upsolver-vpc": 33}


@pytest.fixture
def existing(scope: MakeScope) -> None:
    """What the inputs of Aspera name as existing, in two accounts."""
    here = scope()
    here.client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust()))
    entrance = "arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"
    gave = here.client("sts").assume_role(RoleArn=entrance, RoleSessionName="test")["Credentials"]
    keys = {"aws_access_key_id": gave["AccessKeyId"], "aws_secret_access_key": gave["SecretAccessKey"]}
    boto3.client("s3", **keys, aws_session_token=gave["SessionToken"]).create_bucket(Bucket="acme-in")


def again(calls: Iterable[Call]) -> list[str]:
    """What is sent more than once."""
    sent = Counter((call.headers["authorization"].partition(",")[0], call.name, call.text) for call in calls)
    return [f"{name} {text}" for (_, name, text), times in sent.items() if times > 1]


@pytest.mark.parametrize("name", THOROUGH)
@pytest.mark.usefixtures("existing")
def test_a_plan_sends_no_call_twice(name: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        assert bootstrap(f"plan --integration {name} {INPUTS[name]} --no-preflight").code == 0
    assert again(calls) == []


def check_round_trips(line: str, most: tuple[int, int, int], most_calls: int, bootstrap: Bootstrap, cloud: Wire) -> None:
    """Runs create, create again and destroy. The one that has nothing to do sends no call twice."""
    for number, (command, limit) in enumerate(zip((f"create {line}", f"create {line}", "destroy"), most, strict=True)):
        with cloud.recorded() as calls, cloud.in_rounds() as rounds:
            ran = bootstrap(f"{command} --yes")
        assert ran.code == 0, ran.err
        chain = "\n".join(f"{place}. {dict(Counter(each))}" for place, each in enumerate(rounds, 1))
        assert len(rounds) <= limit, f"{command} takes {len(rounds)} round trips:\n{chain}"
        assert number != 1 or again(calls) == []
    assert len(calls) <= most_calls


@pytest.mark.parametrize("name", THOROUGH)
@pytest.mark.usefixtures("existing")
def test_no_verb_takes_more_round_trips_than_it_needs(name: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    line = f"--integration {name} {INPUTS[name]}"
    check_round_trips(line, MOST[name], CALLS.get(name, 1000), bootstrap, cloud)


def test_a_boundary_costs_a_plan_with_nothing_to_do_no_round_trip(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    limit = scope().client("iam").create_policy(PolicyName="Limit", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    line = f"--integration upsolver-vpc {INPUTS['upsolver-vpc']} --permissions-boundary {limit}"
    assert bootstrap(f"create {line} --yes").code == 0
    with cloud.in_rounds() as rounds:
        assert bootstrap(f"plan {line} --out plan.json").code == 0
    assert len(rounds) <= MOST["upsolver-vpc"][1]
    assert "iam.GetPolicy" in rounds[1]


@pytest.mark.parametrize("name", THOROUGH)
def test_a_role_waits_for_one_round_trip_more_and_its_plan_sends_no_call_twice(
    name: str, bootstrap: Bootstrap, cloud: Wire, operator: Operator
) -> None:
    line = f"--integration {name} {two_accounts(INPUTS[name]) if name == 'aspera-atc' else INPUTS[name]}"
    give(operator, bootstrap(f"permissions {line}").json)
    with cloud.recorded() as calls:
        assert bootstrap(f"plan {line}").code == 0
    assert again(calls) == []
    assert "iam.SimulatePrincipalPolicy" in {call.name for call in calls}
    check_round_trips(line, MOST_OF_ROLE[name], CALLS_OF_ROLE.get(name, 1000), bootstrap, cloud)


@pytest.mark.parametrize("name", ["biomodal-duet", "upsolver-vpc"])
def test_the_searches_of_the_receipt_are_one_parallel_round(name: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    """They go out with the last deletes. IAM lists roles without tags, so those are in the next round, beside the looks at
    what was recorded."""
    bootstrap(f"create --integration {name} {INPUTS[name]} --yes")
    client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust()))
    with cloud.in_rounds() as rounds:
        assert bootstrap("destroy --yes --no-preflight").code == 0
    *before, searches, looks = map(set, rounds)
    own = {"ec2.DescribeTags"} if name == "biomodal-duet" else set()
    assert {"resource-groups-tagging-api.GetResources", "iam.ListRoles"} | own <= searches
    assert {"iam.ListRoleTags", "iam.GetRole", "s3.HeadBucket"} <= looks
    assert not set().union(*before, looks) & {"ec2.DescribeTags", "iam.ListRoles"}
