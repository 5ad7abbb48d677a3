"""A fleet, whatever the call at which a run ends: the same command goes on, no stack is made twice, and others' stay."""

from collections.abc import Iterator
from itertools import count, zip_longest
from typing import Any

import pytest
from moto.iam.models import iam_backends

from bootstrap.aws.scope import Scope
from bootstrap.contract.crashes import End, Ending, Memory, one_after_the_other
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.discovery import recovery
from bootstrap.errors import PlanRefused
from bootstrap.integrations import find
from bootstrap.sandbox.moto.cloudformation import cloudformation_backends
from bootstrap.sandbox.moto.stack_operations import Instance
from tests.conftest import MakeScope
from tests.support.crashes import LostOnce
from tests.support.organizations import ACCOUNTS, ELSEWHERE, OTHER_UNIT, UNIT, organize
from tests.support.samples import vendor_template
from tests.support.wire import Wire
from tests.support.worlds import World

ONE, TWO, THREE = ACCOUNTS
OWN = "account_id,external_id\n{},{}\n"
GIVEN: dict[str, Any] = {
    "site": "datadoghq.com",
    "external_id": "ext-one",
    "organizational_unit": [UNIT],
    "canary": ONE,
    "account_values": OWN.format(THREE, "own-one"),
}


def fleet(**given: Any) -> Integration:
    found = find("datadog-fleet")
    assert found is not None
    return from_inputs(found, {**GIVEN, **given})


class Organization(World):
    """An administrator, three accounts of which one comes first and one has values of its own, and others in all of them."""

    def __init__(self, here: Scope, cloud: Wire) -> None:
        organize(here)
        theirs = here.client("cloudformation")
        theirs.create_stack_set(StackSetName="theirs", TemplateBody=vendor_template(), PermissionModel="SERVICE_MANAGED")
        where = {"OrganizationalUnitIds": [UNIT, OTHER_UNIT]}
        theirs.create_stack_instances(StackSetName="theirs", DeploymentTargets=where, Regions=["us-east-1"])
        for _ in range(3):
            theirs.list_stack_set_operations(StackSetName="theirs")
        super().__init__(fleet(), here, cloud)

    def everything(self) -> list[dict[str, Any]]:
        sets = cloudformation_backends[self.deployment.scope.account.id]["us-east-1"].sets
        return [
            *super().everything(),
            {
                item.settings["StackSetName"]: {
                    "settings": item.settings,
                    "stacks": {
                        key[0]: [each.status, each.overrides, each.stack.made] for key, each in item.instances.items()
                    },
                }
                for item in sets
                if not item.deleted
            },
            {number: roles(number) for number in (*ACCOUNTS, ELSEWHERE)},
        ]


def stack(instance: Instance) -> list[Any]:
    return [instance.status, instance.overrides, instance.stack.made]


def roles(account: str) -> dict[str, Any]:
    found = iam_backends[account]["aws"].roles.values()
    return {role.name: [role.id, role.assume_role_policy_document, role.tags, {**role.policies}] for role in found}


def has(account: str, external_id: str) -> bool:
    return external_id in roles(account)["DatadogIntegrationRole"][1]


@pytest.fixture
def world(scope: MakeScope, cloud: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organization]:
    one_after_the_other(monkeypatch)
    found = Organization(scope(), cloud)
    yield found
    found.calm()
    found.is_as_before()


def test_killed_at_each_call_of_create_and_of_destroy_it_is_repaired_by_the_same_command(world: Organization) -> None:
    assert len(world.ends("create")) >= 4 and len(world.ends("destroy")) >= 4
    for create, destroy in zip_longest([0, *world.ends("create")], [0, *world.ends("destroy")]):
        world.lives(create, destroy)


@pytest.mark.parametrize("how", [End.BEFORE, End.CUT], ids=["before the call", "cut off"])
def test_killed_at_each_call_of_create_it_can_be_destroyed_at_once(how: End, world: Organization) -> None:
    for at in world.ends("create"):
        world.life_begins()
        world.run("create", Ending(at, how))
        world.goes()


def test_killed_at_each_call_of_an_update_the_same_command_finishes_it(
    world: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values of all, those of one account, and an account that is left out."""
    other = fleet(external_id="ext-two", exclude=[TWO], account_values=OWN.format(THREE, "own-two"))
    for at in count(1):
        world.life_begins()
        world.deployment.create()
        kept = roles(ONE)["DatadogIntegrationRole"][0]
        ending = Ending(at, End.AFTER if at % 2 else End.BEFORE)
        with monkeypatch.context() as patch:
            patch.setattr(world.deployment, "wanted", other)
            world.run("create", ending)
            world.deployment.create()
            assert world.deployment.create() == []
        assert has(ONE, "ext-two") and has(THREE, "own-two") and "DatadogIntegrationRole" not in roles(TWO)
        assert roles(ONE)["DatadogIntegrationRole"][0] == kept
        world.goes()
        if not ending.came:
            break
    assert at > 3


def test_a_lost_answer_is_found_again_by_the_same_run(world: Organization) -> None:
    world.life_begins()
    world.run("create", LostOnce())
    world.is_whole()
    assert world.deployment.create() == []
    world.run("destroy", LostOnce())
    world.goes()


def test_what_a_killed_create_made_is_found_again_also_when_its_state_is_lost(world: Organization) -> None:
    for at in world.ends("create"):
        world.life_begins()
        world.run("create", Ending(at, End.AFTER))
        world.deployment.backend = Memory()
        found = recovery.rebuild(world.deployment.session, "test", world.deployment.wanted)
        world.deployment.backend.save(found.state)
        world.deployment.create()
        world.is_whole()
        assert world.deployment.create() == []
        world.goes()


def test_a_set_whose_owner_tags_somebody_took_off_is_not_touched_until_they_are_back(world: Organization) -> None:
    world.life_begins()
    world.deployment.create()
    client = world.deployment.scope.client("cloudformation")
    of = {"StackSetName": "datadog-fleet"}
    found = client.describe_stack_set(**of)["StackSet"]

    def tag(tags: list[dict[str, str]]) -> None:
        client.update_stack_set(**of, UsePreviousTemplate=True, Parameters=found["Parameters"], Tags=tags)
        for _ in range(3):
            client.list_stack_set_operations(**of)

    for verb in (world.deployment.create, world.deployment.destroy):
        tag([])
        before = world.everything()
        with pytest.raises(PlanRefused) as raised:
            verb()
        assert "owner tags" in f"{raised.value.problems} {raised.value.advice}"
        assert world.everything() == before
        tag(found["Tags"])
    assert world.deployment.create() == []
    world.goes()


def test_a_set_of_others_with_our_name_is_named_and_stays_as_it_is(world: Organization) -> None:
    world.life_begins()
    with world.named_alike() as told:
        with pytest.raises(PlanRefused) as raised:
            world.deployment.create()
        assert told == ["cloudformation_stack_set datadog-fleet"]
        assert told[0] in "\n".join(raised.value.problems)
        assert world.records == 0
