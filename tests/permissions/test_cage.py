"""The policies of a cage fit, hold all that their resources need, and nothing beside that."""

import json
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings, strategies as st

from bootstrap.contract.authorization import Check, grants
from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration
from bootstrap.core.permission import Condition
from bootstrap.core.plan import Action, Change
from bootstrap.core.policy import Document
from bootstrap.core.state import State
from bootstrap.errors import PlanRefused
from bootstrap.permissions import cage
from bootstrap.permissions.actions import table
from bootstrap.permissions.cage import LIMIT, Cage, cage_of
from bootstrap.permissions.credential_set import CredentialSet, set_of_call
from bootstrap.permissions.first_cage import changes_of, first_cage
from bootstrap.permissions.operator import Need, needs_of_nodes
from tests.support.inputs import ALL
from tests.support.samples import SAMPLES

SHARED = ":role/aws-service-role/"
"""An account has only one of each of these roles, which is everybody's."""
THEIRS = "0123456789abcdef0"
FLAGS = frozenset({"delete-data", "terminate-jobs", "detach-foreign", "delete-foreign", "retag"})
STATE = State(deployment="test", integration="any", lineage="0" * 16, accounts={})


def accounts_of(wanted: Integration, region: str = "us-east-1") -> dict[str, Account]:
    return {alias: replace(EXAMPLE, alias=alias, region=region) for alias in wanted.sign_ins}


def changes_for(wanted: Integration, action: Action, accounts: dict[str, Account]) -> list[Change]:
    """As a plan has them, where nothing exists yet, or all of it does."""
    graph = Graph(accounts.values())
    wanted.build(graph)
    return changes_of(graph, action, f"x-{THEIRS}")


def cage_for(wanted: Integration, action: Action, deployment: str = "test", region: str = "us-east-1") -> Cage:
    accounts = accounts_of(wanted, region)
    changes = changes_for(wanted, action, accounts)
    destroys = action is Action.DELETE
    verb = "destroy" if destroys else "create"
    state = replace(STATE, deployment=deployment)
    return cage_of(verb, changes, accounts, state, FLAGS if destroys else (), looks=destroys)


def test_a_review_has_the_cage_of_the_first_create_and_none_where_create_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ALL["upsolver-vpc"]
    graph = Graph(accounts_of(wanted).values())
    wanted.build(graph)
    found = first_cage(graph, "test")
    assert found == cage_for(wanted, Action.CREATE)
    assert found and found.tightness["named"] > 0
    monkeypatch.setattr(cage, "LIMIT", 100)
    assert first_cage(graph, "test") is None


@given(
    way=st.sampled_from(sorted(ALL)),
    action=st.sampled_from([Action.CREATE, Action.DELETE]),
    deployment=st.integers(1, 63).map(lambda length: "d" * length),
    path=st.integers(0, 300).map(lambda length: f"/{'p' * length}/" if length else "/"),
    region=st.sampled_from(["us-east-1", "ap-southeast-2"]),
)
@settings(max_examples=60)
def test_each_policy_fits_however_long_the_names_are_or_the_plan_is_refused(
    way: str, action: Action, deployment: str, path: str, region: str
) -> None:
    wanted = from_inputs(type(ALL[way]), ALL[way].to_json() | {"path": path})
    try:
        found = cage_for(wanted, action, deployment, region)
    except PlanRefused as error:
        assert len(path) > 100  # all others fit
        assert "STS takes 2,048" in error.problems[0]
        return
    assert all(len(each.text) <= LIMIT and each.text.isascii() for each in found.sets)
    assert all(2 <= len(replace(found, plan="f" * 64).description(each)) <= 256 for each in found.sets)


@pytest.mark.parametrize("action", [Action.CREATE, Action.DELETE])
@pytest.mark.parametrize("way", ["biomodal-duet", "upsolver-private-vpc", "aspera-atc", "estuary-s3"])
def test_every_changed_resource_has_one_set_with_all_its_needs_and_none_has_more(way: str, action: Action) -> None:
    accounts = accounts_of(ALL[way])
    changes, found = changes_for(ALL[way], action, accounts), cage_for(ALL[way], action)
    of_address = {address: each for each in found.sets for address in each.addresses}
    assert sorted(of_address) == sorted(change.address for change in changes)
    assert all(of_address[change.address].account == change.account for change in changes)
    for each in found.sets:
        pairs = {(need.action, need.arn, need.conditions) for need in each.needs}
        assert {*granted(each.policy)} <= pairs
        assert all(is_granted(need, each) for need in each.needs)


def granted(policy: Document) -> list[tuple[str, str, tuple[Condition, ...]]]:
    return [
        (
            action,
            arn,
            tuple(Condition(operator, key, tuple(values)) for operator, test in tests for key, values in test.items()),
        )
        for statement in policy["Statement"]
        for tests in [list(statement.get("Condition", {}).items())]
        for action in statement["Action"]
        for arn in statement["Resource"]
    ]


def is_granted(need: Need, one: CredentialSet) -> bool:
    """Unconditionally, or on the conditions of the need."""
    return any(
        (action, arn) == (need.action, need.arn) and conditions in ((), need.conditions)
        for action, arn, conditions in granted(one.policy)
    )


def others() -> list[Check]:
    """What a run may do to its own things, done to those of somebody else, of all resource types."""
    there = {EXAMPLE.alias: EXAMPLE}
    found = set()
    for sample in SAMPLES:
        for need in needs_of_nodes([Node("theirs", sample.resource, EXAMPLE.alias, ())], there, "theirs"):
            context = tuple((key, value) for _, key, values in need.conditions for value in values[:1])
            found.add(Check(need.action, need.arn.replace("*", THEIRS), context))
    return sorted((each for each in found if SHARED not in each.arn), key=str)


@pytest.mark.parametrize("action", [Action.CREATE, Action.DELETE])
@pytest.mark.parametrize("way", ["biomodal-duet", "upsolver-private-vpc", "aspera-atc", "estuary-s3"])
def test_what_a_cage_allows_on_things_of_others_is_among_the_wildcards_that_it_reports(way: str, action: Action) -> None:
    tried = denied = 0
    for each in cage_for(ALL[way], action).sets:
        named = [need for need in each.needs if f"{need.action} on {need.arn}" not in each.wildcards]
        assert not any("*" in need.arn for need in named)
        for check in others():
            tried += 1
            if any(grants(statement, check) for statement in each.policy["Statement"]):
                pairs = [pair.split(" on ", 1) for pair in each.wildcards]
                assert any(check.action == name and fnmatchcase(check.arn, arn) for name, arn in pairs), check
            else:
                denied += 1
    assert denied > 0.9 * tried


def test_no_cage_allows_a_pattern_of_actions_or_anything_that_aws_does_not_know() -> None:
    for way in ("biomodal-duet", "aspera-atc"):
        for action in (Action.CREATE, Action.DELETE):
            for each in cage_for(ALL[way], action).sets:
                assert all(len(table().matching(need.action)) == 1 for need in each.needs)


def test_the_looks_after_a_destroy_only_read() -> None:
    looks = [each for each in cage_for(ALL["biomodal-duet"], Action.DELETE).sets if each.looks]
    levels = {each.level for one in looks for need in one.needs for each in table().matching(need.action)}
    assert levels == {"l", "r"}
    assert {each.looks for each in looks} == {"tag", "iam", "ec2", "batch", "s3"}


def test_whoever_starts_a_machine_may_use_keys_and_only_through_ec2() -> None:
    found = cage_for(ALL["biomodal-duet"], Action.CREATE)
    of_keys = [(each, need) for each in found.sets for need in each.needs if need.action.startswith("kms:")]
    assert {need.address for _, need in of_keys} == {"vm"}
    assert all(need.conditions[0].key == "kms:ViaService" for _, need in of_keys)
    assert all(f"{need.action} on {need.arn}" in each.wildcards for each, need in of_keys)
    assert not any("kms:" in each.text for each in cage_for(ALL["upsolver-vpc"], Action.CREATE).sets)


def test_a_policy_that_is_too_long_is_refused_by_the_names_of_its_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cage, "LIMIT", 320)
    with pytest.raises(PlanRefused) as caught:
        cage_for(ALL["upsolver-vpc"], Action.CREATE)
    assert {problem.partition(":")[0] for problem in caught.value.problems} == {"role", "bucket"}
    assert caught.value.advice == "Omit --cage for this run."


@pytest.mark.parametrize("name", ["Upsolver*", "UpsolverRol?", "Upsolver${aws:username}"])
def test_a_name_that_iam_would_read_as_a_pattern_has_no_cage(name: str) -> None:
    """No input is such a name, but destroy believes a state, which somebody may have edited."""
    accounts = accounts_of(ALL["upsolver-vpc"])
    changes = [
        replace(change, resource=change.resource.from_properties({**change.resource.properties(), "name": name}))
        for change in changes_for(ALL["upsolver-vpc"], Action.DELETE, accounts)
        if change.address == "role"
    ]
    with pytest.raises(PlanRefused, match="there is no cage for this plan; nothing was changed") as caught:
        cage_of("destroy", changes, accounts, STATE)
    [problem] = caught.value.problems
    assert problem.startswith("role: in a policy, the ")


def test_a_resource_with_too_long_a_policy_has_a_set_for_reads_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {need for each in cage_for(ALL["biomodal-duet"], Action.CREATE).sets for need in each.needs}
    monkeypatch.setattr(cage, "LIMIT", 1900)
    found = cage_for(ALL["biomodal-duet"], Action.CREATE)
    assert {need for each in found.sets for need in each.needs} == whole
    sets = found.sets_for(EXAMPLE.alias, "ec2", "vm")
    reads, changes = (set_of_call(sets, "ec2", name) for name in ("DescribeInstances", "RunInstances"))
    assert reads and changes
    assert set_of_call(sets, "ec2", "DeleteVpc") is None
    assert (reads.part, changes.part) == ("read", "create")
    assert all(cage.is_read(need.action) for need in reads.needs)
    assert {need.action for need in changes.needs if cage.is_read(need.action)} == {"ssm:GetParameters", "kms:DescribeKey"}


def test_a_cage_says_how_large_it_is_and_what_was_split(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cage_for(ALL["upsolver-vpc"], Action.CREATE)
    assert (whole.splits, "split" in whole.summary) == ((), False)
    assert (
        f"2 sets of credentials with policies for what the plan does and nothing else, {whole.characters:,} "
        in whole.summary
    )
    assert whole.characters == sum(len(json.dumps(each.policy, separators=(",", ":"))) for each in whole.sets)
    monkeypatch.setattr(cage, "LIMIT", 1900)
    split = cage_for(ALL["biomodal-duet"], Action.CREATE)
    [ec2] = [each for each in split.splits if each.startswith("ec2 ")]
    number = sum(each.name.startswith("ec2") for each in split.sets)
    assert ec2 == f"ec2 into {number} (vm by operation)"
    assert f"One policy would be too long, so these are split: {'; '.join(split.splits)}" in split.summary


def test_each_account_has_sets_of_its_own() -> None:
    found = cage_for(ALL["aspera-atc"], Action.CREATE)
    assert {each.account for each in found.sets} == set(ALL["aspera-atc"].sign_ins)
    address = next(address for each in found.sets for address in each.addresses)
    owner = next(each.account for each in found.sets if address in each.addresses)
    elsewhere = next(alias for alias in ALL["aspera-atc"].sign_ins if alias != owner)
    assert found.sets_for(owner, "iam", address)
    assert not found.sets_for(elsewhere, "iam", address)
    assert not found.sets_for(owner, "iam", "")  # no looks in a create


def test_the_digest_is_that_of_all_that_may_be_done() -> None:
    ways = [cage_for(ALL["upsolver-vpc"], action, name) for action in (Action.CREATE, Action.DELETE) for name in ("a", "b")]
    assert len({each.digest for each in ways}) == 4
    assert cage_for(ALL["upsolver-vpc"], Action.CREATE).digest == cage_for(ALL["upsolver-vpc"], Action.CREATE).digest
