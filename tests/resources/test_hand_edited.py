"""A record that was edited to name somebody else's thing: whatever it says, no changing call of create or destroy reaches
that thing."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from bootstrap.aws.scope import Scope
from bootstrap.core.account import EXAMPLE
from bootstrap.core.flags import DETACH_FOREIGN, RETAG
from bootstrap.core.graph import Graph, Node
from bootstrap.core.live import Live, Outputs
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.planner import make_plan, owner_of
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.engine.executor import execute
from bootstrap.resources import restore
from bootstrap.resources.ec2.address_association import Ec2AddressAssociation
from bootstrap.resources.ec2.elastic_ip import Ec2ElasticIp
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from tests.conftest import LINEAGE, MakeScope
from tests.support import surroundings
from tests.support.samples import SAMPLES, Sample, allow, deployed, role, trust
from tests.support.wire import Wire

EVERYTHING = frozenset({"delete-data", "terminate-jobs", RETAG})
QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.resource.kind)


def record_of(resource: Resource, outputs: Outputs, status: Status = Status.READY, **more: Any) -> Record:
    record = Record(
        address="thing",
        kind=resource.kind,
        account="default",
        status=status,
        properties=resource.properties(),
        outputs=dict(outputs),
    )
    return replace(record, **more)


def state_of(scope: Scope, *records: Record, edited: bool = False) -> State:
    accounts = {alias: replace(scope.account, alias=alias) for alias in ("default", "second")}
    found = State(deployment="test", integration="any", lineage=LINEAGE, accounts=accounts, edited=edited)
    return found.put(*records)


def nodes_of(**resources: Resource) -> dict[str, Node]:
    graph = Graph([EXAMPLE])
    graph.nodes.update({address: Node(address, resource, "default", ()) for address, resource in resources.items()})
    return graph.nodes


def ran(
    scope: MakeScope, state: State, nodes: Mapping[str, Node], allowed: frozenset[str] = EVERYTHING
) -> tuple[Plan, dict[str, Change]]:
    """Plans and really carries it out: to create `nodes`, or, where there are none, to destroy."""

    def lookup(address: str, name: str) -> str | None:
        return state.output(address, name) or nodes[address].resource.resolved(lookup).predicted_outputs(
            scope().account
        ).get(name)

    def aws(address: str, **more: Any) -> Scope:
        return scope(**more, allowed=allowed, address=owner_of(state, address).address)

    live: dict[str, Live | None] = {}
    for address in {**state.records, **nodes}:
        record = state.records.get(address)
        resource = nodes[address].resource.resolved(lookup) if address in nodes else restore(state.records[address])
        live[address] = resource.read(aws(address, destroying=address not in nodes), record.outputs if record else {})
    plan = make_plan(nodes, state, live, state.accounts, restore, allowed=allowed)

    def scoped(change: Change, record: Record, progress: Any) -> Scope:
        along = frozenset((*change.along, *change.detached))
        return aws(change.address, destroying=change.action is Action.DELETE, also_removed=along)

    execute(plan, state, scoped, lambda saved: saved, lambda event: None)
    return plan, {change.address: change for change in plan.changes}


def shapes(outputs: Outputs) -> Iterator[Outputs]:
    """All of them, each one missing, none."""
    yield outputs
    yield from ({name: value for name, value in outputs.items() if name != left_out} for left_out in outputs)
    yield {}


def named(outputs: Outputs) -> set[str]:
    """What only the stranger's thing is called. A role or bucket that statements stand in is nobody's in particular, and its
    policy is written as a whole."""
    shared = ("bucket", "role", "role_id", "sid", "region", "version")
    return {value for name, value in outputs.items() if name not in shared}


def writes(calls: Iterable[Any]) -> list[str]:
    return [call.text for call in calls if call.changes]


@each_sample
def test_no_changing_call_reaches_what_is_somebody_elses(sample: Sample, scope: MakeScope, cloud: Wire) -> None:
    stranger = scope(lineage="fedcba9876543210")
    sample.before(stranger)
    theirs = deployed(sample.resource, stranger)
    ways = [*product(Status, shapes(theirs.outputs), ["default"]), (Status.READY, theirs.outputs, "second")]
    for (status, outputs, account), edited, creating in product(ways, (True, False), (True, False)):
        record = record_of(sample.resource, outputs, status, account=account)
        state = state_of(scope(), record, edited=edited)
        with cloud.recorded() as calls:
            ran(scope, state, nodes_of(thing=sample.resource) if creating else {})
        touched = [text for text in writes(calls) if any(word in text for word in named(theirs.outputs))]
        assert not touched, (status, outputs, account, edited, creating)
    assert sample.resource.read(stranger, theirs.outputs) == theirs


@each_sample
def test_a_record_of_another_kind_reaches_nothing_either(sample: Sample, scope: MakeScope, cloud: Wire) -> None:
    stranger = scope(lineage="fedcba9876543210")
    sample.before(stranger)
    theirs = deployed(sample.resource, stranger)
    with cloud.recorded() as calls:
        for other in SAMPLES:
            for edited in (True, False):
                with suppress(ParamValidationError):  # a name that this service has no way to ask for
                    ran(scope, state_of(scope(), record_of(other.resource, theirs.outputs), edited=edited), {})
    assert writes(calls) == []


@pytest.mark.parametrize("creating", [True, False], ids=["create", "destroy"])
def test_what_is_on_an_unmanaged_role_is_neither_attached_nor_detached(
    creating: bool, scope: MakeScope, cloud: Wire
) -> None:
    theirs = role(scope(lineage="fedcba9876543210"), "Theirs")
    ours = IamRole(name="Ours", trust=trust())
    records = [
        record_of(ours, theirs.outputs, address="role"),
        record_of(IamRoleAttachment(role="Theirs", policy_arn=READ_ONLY), {}, Status.CREATING, address="hung"),
        record_of(IamInstanceProfile(name="P", role="Theirs"), {}, Status.CREATING, address="profile"),
    ]
    scope().client("iam").attach_role_policy(RoleName="Theirs", PolicyArn=READ_ONLY)
    graph = Graph([EXAMPLE])
    node = graph.add("role", ours)
    graph.add("hung", IamRoleAttachment(role=node["name"], role_id=node["role_id"], policy_arn=READ_ONLY))
    graph.add("profile", IamInstanceProfile(name="P", role=node["name"]))
    for edited in (True, False):
        with cloud.recorded() as calls:
            _, changes = ran(scope, state_of(scope(), *records, edited=edited), graph.nodes if creating else {})
        assert writes(calls) == []
        assert {each.action for each in changes.values() if not each.refusal} <= {Action.FORGET, Action.CREATE}
        assert not creating or {"role", "hung"} <= {address for address, each in changes.items() if each.refusal}


def test_an_unmanaged_address_is_neither_associated_nor_released(scope: MakeScope, cloud: Wire) -> None:
    surroundings.address_and_machine(scope(lineage="fedcba9876543210"))
    stolen = {"allocation_id": surroundings.ADDRESS, "public_ip": "192.0.2.7"}
    records = [record_of(Ec2ElasticIp(), stolen, address="address")]
    graph = Graph([EXAMPLE])
    node = graph.add("address", Ec2ElasticIp())
    graph.add("on", Ec2AddressAssociation(allocation=node["allocation_id"], instance=surroundings.MACHINE))
    for edited, wanted in product((True, False), (graph.nodes, {})):
        with cloud.recorded() as calls:
            ran(scope, state_of(scope(), *records, edited=edited), wanted)
        assert writes(calls) == []


def test_a_role_recreated_with_copies_of_our_tags_is_not_ours_nor_what_is_on_it(scope: MakeScope, cloud: Wire) -> None:
    ours = IamRole(name="Ours", trust=trust())
    hung = IamRoleAttachment(role="Ours", policy_arn=READ_ONLY)
    old = deployed(ours, scope(address="role")).outputs
    scope().client("iam").delete_role(RoleName="Ours")
    new = deployed(ours, scope(address="role")).outputs
    deployed(hung, scope(address="hung"))
    for outputs in ({"role_id": old["role_id"], "role": "Ours", "policy_arn": READ_ONLY}, {}):
        status = Status.READY if outputs else Status.CREATING
        records = [record_of(ours, old, address="role"), record_of(hung, outputs, status, address="hung")]
        with cloud.recorded() as calls:
            _, changes = ran(scope, state_of(scope(), *records), {})
        assert writes(calls) == []
        assert {each.action for each in changes.values()} == {Action.FORGET}
    with cloud.recorded() as calls:
        _, changes = ran(scope, state_of(scope(), record_of(ours, old, address="role")), nodes_of(role=ours))
    assert writes(calls) == []
    assert "bootstrap state rm role --name test" in changes["role"].advice
    assert new != old


# An edited state, and our own things


@pytest.fixture
def ours(scope: MakeScope) -> tuple[IamRole, Outputs]:
    """A role of ours with an inline policy of ours, one of somebody else, and the quarantine that AWS put on it."""
    made = IamRole(name="Ours", trust=trust(), inline_policies={"ours": allow("s3:GetObject")})
    outputs = deployed(made, scope(address="role")).outputs
    iam = scope().client("iam")
    iam.put_role_policy(RoleName="Ours", PolicyName="debug", PolicyDocument=json.dumps(allow("s3:*")))
    for policy in (QUARANTINE, READ_ONLY):
        iam.attach_role_policy(RoleName="Ours", PolicyArn=policy)
    return made, outputs


def claiming(made: IamRole, outputs: Outputs, *policies: str) -> list[Record]:
    """Records that claim what others put on the role."""
    claims = replace(made, inline_policies={**made.inline_policies, "debug": allow("s3:*")})
    hung = [IamRoleAttachment(role="Ours", policy_arn=policy) for policy in policies]
    return [
        record_of(claims, outputs, address="role"),
        *(
            record_of(
                each,
                {"role_id": outputs["role_id"], "role": "Ours", "policy_arn": each.policy_arn},
                address=f"hung{number}",
                depends_on=("role",),
            )
            for number, each in enumerate(hung)
        ),
    ]


def test_create_removes_nothing_that_only_an_edited_state_calls_ours(
    ours: tuple[IamRole, Outputs], scope: MakeScope, cloud: Wire
) -> None:
    made, outputs = ours
    with cloud.recorded() as calls:
        state = state_of(scope(), *claiming(made, outputs, QUARANTINE, READ_ONLY), edited=True)
        plan, changes = ran(scope, state, nodes_of(role=made))
    assert writes(calls) == []
    assert {change.address for change in plan.refused} == {"hung0", "hung1"}
    assert "add --detach-foreign to the same command" in changes["hung1"].advice
    assert "bootstrap state rm hung1 --name test" in changes["hung1"].advice
    assert (changes["role"].action, changes["role"].differences) == (Action.NOOP, ())
    assert "inline policy debug" in changes["role"].others


def test_what_an_edited_state_claims_stays_somebody_elses_when_the_state_is_saved(
    ours: tuple[IamRole, Outputs], scope: MakeScope
) -> None:
    """A run that was cut off saves records of before and of after, and the next run would believe them."""
    made, outputs = ours
    wanted, saved = replace(made, description="new"), list[State]()
    state = state_of(scope(), *claiming(made, outputs), edited=True)
    live = wanted.read(scope(address="role"), outputs)
    plan = make_plan(nodes_of(role=wanted), state, {"role": live}, state.accounts, restore)

    def save(each: State) -> State:
        saved.append(each)
        return each

    execute(plan, state, lambda *_: scope(), save, lambda event: None)
    assert [list(each.records["role"].properties["inline_policies"]) for each in saved[:2]] == [["ours"], ["ours"]]


def test_destroy_deletes_nothing_that_only_an_edited_state_calls_ours(
    ours: tuple[IamRole, Outputs], scope: MakeScope, cloud: Wire
) -> None:
    made, outputs = ours
    with cloud.recorded() as calls:
        state = state_of(scope(), *claiming(made, outputs, QUARANTINE, READ_ONLY), edited=True)
        plan, changes = ran(scope, state, {}, frozenset())
    assert writes(calls) == []
    assert {change.address for change in plan.refused} == {"role", "hung0", "hung1"}
    assert "this deployment added inline policy debug, inline policy ours" in changes["role"].refusal
    assert "bootstrap destroy --name test --detach-foreign" in changes["role"].advice
    with cloud.recorded() as calls:
        plan, _ = ran(scope, state, {}, frozenset({DETACH_FOREIGN}))
    assert plan.refused == ()
    assert "iam.DeleteRole" in [call.name for call in calls]


@pytest.mark.parametrize("creating", [True, False], ids=["create", "destroy"])
def test_a_quarantine_is_not_detached_whatever_the_state_says(
    creating: bool, ours: tuple[IamRole, Outputs], scope: MakeScope, cloud: Wire
) -> None:
    made, outputs = ours
    state = state_of(scope(), *claiming(made, outputs, QUARANTINE, READ_ONLY))
    nodes = nodes_of(role=made) if creating else {}
    with cloud.recorded() as calls:
        _, changes = ran(scope, state, nodes)
    assert QUARANTINE not in "".join(writes(calls))
    assert changes["hung0"].refusal == "AWSCompromisedKeyQuarantineV2 keeps a role from doing harm"
    with cloud.recorded() as calls:
        ran(scope, state, nodes, frozenset({DETACH_FOREIGN}))
    assert QUARANTINE in "".join(writes(calls))


def test_a_profile_that_holds_a_role_only_an_edited_state_put_there_stays(scope: MakeScope, cloud: Wire) -> None:
    role(scope(address="role"), "Ours")
    profile = IamInstanceProfile(name="P", role="Ours")
    record = record_of(profile, deployed(profile, scope(address="thing")).outputs)
    with cloud.recorded() as calls:
        _, changes = ran(scope, state_of(scope(), record, edited=True), {})
    assert writes(calls) == []
    assert "role Ours" in changes["thing"].refusal


def test_a_plan_names_the_resource_that_is_there_whatever_the_record_calls_it(scope: MakeScope) -> None:
    made = IamRole(name="Ours", trust=trust())
    record = record_of(replace(made, name="Harmless"), deployed(made, scope(address="thing")).outputs)
    _, changes = ran(scope, state_of(scope(), record), {})
    assert changes["thing"].resource.label == "Ours"
