"""An operator with just the printed policy makes, checks and destroys; without any one action of it, is told which."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from moto.ec2.models import ec2_backends

from bootstrap.aws.client import Aws
from bootstrap.aws.session import signed_in
from bootstrap.contract.authorization import OWN
from bootstrap.contract.operated import Action, OneAtATime, Operated
from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.engine import executor
from bootstrap.integrations import integration
from bootstrap.permissions.operator import needs_of_integration
from tests.conftest import Drawn, MakeScope
from tests.support.deployments import OTHER_ACCOUNT, Deployment, aws_of
from tests.support.inputs import THOROUGH, example
from tests.support.wire import Wire
from tests.support.worlds import Kept, World

EXAMPLES: dict[str, Integration] = {name: example(name) for name in THOROUGH}
TOLD_ONLY = {
    "tag:GetResources",
    "iam:ListRoles",
    "iam:ListRoleTags",
    "ec2:DescribeTags",
    "batch:DescribeJobDefinitions",
}
"""What is only taken when all is gone: nothing fails any more, but the receipt says what could not be looked for."""
OPTIONAL = {
    *("iam:GetAccountSummary", "ec2:DescribeAccountAttributes", "ec2:DescribeInternetGateways", "ec2:GetConsoleOutput"),
    *("servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota", "s3:ListAllMyBuckets"),
    *("ec2:DescribeInstanceTypes", "ec2:DescribeAddressesAttribute"),
    *("tag:ListRequiredTags", "ec2:GetAllowedImagesSettings"),
    *("s3:ListAccessPoints", "s3:GetBucketObjectLockConfiguration", "s3:GetObjectRetention", "s3:GetObjectLegalHold"),
}
"""What only tells what AWS would refuse: without it less is known beforehand, and nothing fails."""
each_example = pytest.mark.parametrize("way", EXAMPLES, scope="module")  # so that a world is made once


@functools.cache
def asked_for(way: str, *, by_things: bool = False) -> set[str]:
    """The actions in the operator's policy for it; with `by_things` only those that something in the graph takes."""
    accounts = {alias: replace(EXAMPLE, alias=alias) for alias in EXAMPLES[way].sign_ins}
    needs = needs_of_integration(EXAMPLES[way], accounts, "test")
    return {need.action for need in needs if need.address or not by_things}


@functools.cache
def optional_in(way: str) -> set[str]:
    """Of a policy that the way does not make, it is only asked whether it is there; of such a bucket, what it blocks."""
    asked = asked_for(way)
    only_looked = {"iam:CreatePolicy": "iam:GetPolicy", "s3:CreateBucket": "s3:GetBucketPublicAccessBlock"}
    return OPTIONAL | {look for creating, look in only_looked.items() if creating not in asked}


@functools.cache
def looked_with(way: str) -> set[str]:
    """What only the integration's own look at the account takes: without it less is known (a note), and nothing fails.
    `cli/test_batch_environment.py` and `cli/test_brought_buckets.py` plan without it."""
    looks = {item.action for looks in EXAMPLES[way].lookup_permissions.values() for item in looks if item.optional}
    return looks - asked_for(way, by_things=True)


@pytest.fixture(scope="module")
def kept(moto_made_ready: None, connections: Callable[[str], Aws]) -> Iterator[Kept]:
    with Kept(connections, EXAMPLES) as found:
        yield found


@each_example
def test_an_operator_with_just_this_policy_makes_checks_and_destroys(
    way: str, scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    operated = Operated(EXAMPLES[way], Deployment(EXAMPLES[way], scope(), tmp_path), cloud)
    assert {verb: operated.run(verb) for verb in operated.verbs} == dict.fromkeys(operated.verbs, "")


@each_example
def test_without_any_action_the_run_that_takes_it_first_fails_names_it_and_goes_on_once_it_is_given(
    way: str, world: World, monkeypatch: pytest.MonkeyPatch, drawn: Drawn
) -> None:
    """Of many actions of a verb some are drawn; `make torture` takes away each."""
    monkeypatch.setattr(executor, "_Run", OneAtATime)
    known: set[Action] = set()
    new = {}
    for verb, actions in taken(way, world).items():
        new[verb] = [
            action for action in actions if action not in known and action[1] not in optional_in(way) | looked_with(way)
        ]
        known.update(actions)
    assert {action for _, action in new["receipt"]} <= TOLD_ONLY
    one_less(way, world, {verb: drawn(actions, 12) for verb, actions in new.items()})


@pytest.mark.torture
@each_example
def test_without_any_action_each_run_that_takes_it_fails_names_it_and_goes_on_once_it_is_given(
    way: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "_Run", OneAtATime)
    todo = taken(way, world).items()
    one_less(
        way,
        world,
        {verb: [each for each in actions if each[1] not in optional_in(way) | looked_with(way)] for verb, actions in todo},
    )


@each_example
def test_without_all_that_only_tells_of_quotas_all_is_made_and_destroyed(
    way: str, scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    """Then without what was not even asked for, because another answer was missing."""
    left = {(alias, action) for alias in EXAMPLES[way].sign_ins for action in optional_in(way) & asked_for(way)}
    operated = Operated(EXAMPLES[way], Deployment(EXAMPLES[way], scope(), tmp_path), cloud)
    met = without(operated, left)
    assert met
    while met:
        left -= met
        met = without(operated, left)


def without(operated: Operated, actions: set[Action]) -> set[Action]:
    """A whole life without these; gives those that it met."""
    met = set[Action]()
    for verb in ("create", "destroy", "receipt"):
        assert operated.run(verb, *actions) == ""
        met |= actions & {*operated.taken}
    return met


ONE_BY_ONE = {
    action: way
    for way in sorted(EXAMPLES, key=lambda way: -len(asked_for(way)))
    for action in optional_in(way) & asked_for(way)
}
"""The smallest example that asks for each: what takes it is the code of the kinds, the same in all."""


@pytest.mark.parametrize(
    ("way", "action"),
    [
        pytest.param(way, action, marks=[] if ONE_BY_ONE[action] == way else pytest.mark.torture)
        for way in EXAMPLES
        for action in sorted(optional_in(way) & asked_for(way))
    ],
    scope="module",
)
def test_without_what_only_tells_of_quotas_all_is_made_and_destroyed(
    action: str, way: str, scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    operated = Operated(EXAMPLES[way], Deployment(EXAMPLES[way], scope(), tmp_path), cloud)
    without(operated, {(alias, action) for alias in operated.session.accounts})


def taken(way: str, world: World) -> dict[str, list[Action]]:
    """What each verb takes, in the order in which it comes."""
    world.life_begins()
    operated, found = Operated(EXAMPLES[way], world.deployment, world.cloud), {}
    for verb in operated.verbs:
        assert operated.run(verb) == ""
        found[verb] = operated.taken
    return found


def one_less(way: str, world: World, todo: dict[str, list[Action]]) -> None:
    """Life after life, until each verb was refused for want of each of its actions.

    A verb goes on with one action less after the other. Where it gets through, all was done before: the next life begins
    with that action.
    """
    while any(todo.values()):
        world.life_begins()
        operated, refused = Operated(EXAMPLES[way], world.deployment, world.cloud), 0
        for verb, actions in todo.items():
            for without in tuple(actions):
                told = operated.run(verb, without)
                if not told:
                    assert refused, f"nobody notices that {verb} may not {without}"
                    break
                assert without[1] in told, (verb, without)
                actions.remove(without)
                refused += 1
            else:
                assert operated.run(verb) == ""
            if verb == "create":
                world.is_whole()
        world.is_as_before()


def test_a_machine_that_ec2_has_forgotten_with_its_tags_stops_no_destroy(
    scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    wanted = EXAMPLES["biomodal-duet"]
    operated = Operated(wanted, Deployment(wanted, scope(), tmp_path), cloud)
    assert operated.run("create") == ""
    machine = operated.deployment.outputs("vm")["instance_id"]
    scope().client("ec2").terminate_instances(InstanceIds=[machine])
    ec2 = ec2_backends[OWN]["us-east-1"]
    ec2.reservations = {
        key: found for key, found in ec2.reservations.items() if machine not in [item.id for item in found.instances]
    }
    ec2.tags.pop(machine)
    assert (operated.run("destroy"), operated.run("receipt")) == ("", "")


def test_who_may_not_enter_the_other_account_is_told(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    entrance = f"arn:aws:iam::{OTHER_ACCOUNT}:role/OrganizationAccountAccessRole"
    given = {"bucket": ["acme-in"], "external_id": "external-id-7", "s3_role_arn": entrance}
    wanted = from_inputs(integration("aspera-atc"), given)
    operated = Operated(wanted, Deployment(wanted, scope(), tmp_path), cloud)

    def enters() -> str:
        """All over again, as a run does."""
        with signed_in(aws_of(wanted, scope()).logins, ["iam"]) as session:
            return "" if session.accounts == operated.session.accounts else "other accounts"

    operated.verbs["sign in"] = enters
    assert operated.run("sign in") == ""
    assert operated.taken == [("cluster", "sts:AssumeRole")]
    assert "sts:AssumeRole" in operated.run("sign in", ("cluster", "sts:AssumeRole"))
