"""Every integration lives its whole life in its cage, and each call outside of it is denied by the cage.

AWS is played with `contract/authorization_cage.py` in front: what AWS checks for each call, against the policies of the
session that signed it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import bootstrap.aws.cage
from bootstrap.aws.cage import caged
from bootstrap.aws.client import Aws
from bootstrap.contract.authorization_cage import key_of
from bootstrap.contract.crashes import one_after_the_other
from bootstrap.core.account import DEFAULT
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.replacement import replace_flag
from bootstrap.engine import prepare
from bootstrap.errors import RunFailed
from bootstrap.integrations import integration as find
from bootstrap.operations.bound_plan import plan_file
from bootstrap.operations.create import plan
from bootstrap.permissions import cage
from bootstrap.permissions.cage import cage_of
from bootstrap.permissions.operator import Need, needs_of_change
from bootstrap.sandbox.moto.sts_scoped import session_of
from tests.conftest import MakeScope
from tests.support.cages import SMALL, Life, Shown, role_assumed
from tests.support.inputs import each_part
from tests.support.organizations import ACCOUNTS, UNIT, organize
from tests.support.samples import SAMPLES
from tests.support.wire import Wire


@pytest.fixture
def aws(cloud: Wire) -> Iterator[Aws]:
    with role_assumed() as found:
        yield found


@each_part
def test_a_whole_life_passes_in_its_cage(
    way: str, scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_after_the_other(monkeypatch)
    life = Life(way, scope, aws, cloud, tmp_path)
    life.create()
    assert life.escaped == []
    assert life.drift(cloud)
    machines = [address for address, node in life.deployment.nodes().items() if node.resource.kind == "ec2_instance"]
    life.create(allowed=frozenset({"retag", *map(replace_flag, machines)}))  # AWS still shows the old machine
    assert life.escaped == []
    life.store(cloud)
    life.destroy(allowed=frozenset({"delete-data"}))
    assert life.escaped == []
    assert life.deployment.backend.load() is None


def test_a_destroy_looks_in_its_cage_for_all_that_was_created_and_not_only_for_what_is_still_recorded(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path
) -> None:
    """As after one that was cut off."""
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    life.create()
    backend = life.deployment.backend
    whole = backend.load()
    assert whole
    life.destroy()
    backend.save(replace(whole.without(whole.records.keys() - {"bucket"}), serial=0))
    life.destroy()
    assert life.escaped == []
    assert backend.load() is None


def test_so_does_that_of_a_fleet_whose_template_accounts_and_values_change(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path
) -> None:
    organize(scope())
    kind, (first, second, third) = find("datadog-fleet"), ACCOUNTS
    given = {"site": "datadoghq.com", "external_id": "ext-one", "organizational_unit": [UNIT], "canary": first}
    own = {"account_values": f"account_id,external_id\n{second},own-two\n"}
    life = Life(from_inputs(kind, given | own), scope, aws, cloud, tmp_path)
    life.create()
    life.wanted = from_inputs(kind, given | {"harden": True, "account_values": own["account_values"].replace("two", "2")})
    life.create()
    life.wanted = from_inputs(kind, given | {"harden": True, "tag": ["a=b"], "exclude": [third]})
    life.create()
    life.destroy()
    assert life.escaped == []
    assert life.deployment.backend.load() is None


def test_a_resource_whose_policy_is_too_long_reads_with_credentials_of_their_own(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cage, "LIMIT", 420)
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    life.create()
    assert life.drift(cloud)
    life.create(allowed=frozenset({"retag"}))
    assert life.escaped == []
    used = {about.rpartition(", ")[2]: names for about, names in life.bars.used.items()}
    changing = {name for about, names in used.items() if about in ("s3 create", "s3 update") for name in names}
    assert changing and not any(name.startswith(("s3.Get", "s3.Head", "s3.List")) for name in changing)
    assert all(name.startswith(("s3.Get", "s3.Head", "s3.List")) for name in used["s3 read"])


def test_cloudtrail_sees_what_the_cage_is_for_and_still_who_the_caller_is(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path
) -> None:
    shown = Shown()
    life = Life(SMALL, scope, aws, cloud, tmp_path)
    here = life.deployment
    prepared = plan(here.session, here.backend, "test", life.wanted, check_permissions=False)
    bound = plan_file(prepared, here.backend.where, timedelta(days=1))
    life.create(show=shown, bound=bound)
    [found] = shown.cages
    about = f"bootstrap create test, cage sha256:{found.digest}, plan {bound.digest[:16]}, "
    assert {*life.bars.used} == {f"{about}iam", f"{about}s3"}
    assert {name.partition(".")[0] for name in life.bars.used[f"{about}iam"]} == {"iam"}
    issued = [session_of(key_of(call.headers)) for call in cloud.calls]
    assert {each.arn for each in issued if each} == {life.deployment.session.identities[DEFAULT].arn}


def test_a_call_that_no_set_of_the_cage_is_for_is_not_sent_and_the_error_names_it(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetting(monkeypatch, lambda need: None)
    life, shown = Life(SMALL, scope, aws, cloud, tmp_path), Shown()
    with pytest.raises(RunFailed, match="2 of 4 changes were not done"):
        life.create(show=shown)
    assert life.escaped == []
    assert "iam.AttachRolePolicy" not in cloud.names
    said = "no credentials of the cage are for iam.AttachRolePolicy about "
    assert [said in each.error for each in shown.failed] == [True, True]
    assert all("Please report this" in each.advice for each in shown.failed)


def test_a_call_that_a_cage_does_not_allow_fails_and_its_error_names_the_cage(
    scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetting(monkeypatch, lambda need: replace(need, arn=f"{need.arn}-of-others"))
    life, shown = Life(SMALL, scope, aws, cloud, tmp_path), Shown()
    with pytest.raises(RunFailed, match="2 of 4 changes were not done"):
        life.create(show=shown)
    assert {each.action for each in life.bars.denied} == {"iam:AttachRolePolicy"}
    assert all("omit --cage, and please report it" in each.advice for each in shown.failed)
    assert [each.denial["layer"] for each in shown.failed if each.denial] == ["session policy"] * 2


def forgetting(patch: pytest.MonkeyPatch, instead: Callable[[Need], Need | None]) -> None:
    """Changes what a cage knows of the permission to attach a policy."""

    def forgetful(*about: Any, **more: Any) -> list[Need]:
        found = needs_of_change(*about, **more)
        wrong = (instead(need) if need.action == "iam:AttachRolePolicy" else need for need in found)
        return [need for need in wrong if need]

    patch.setattr(cage, "needs_of_change", forgetful)


def theirs(shape: Any, depth: int = 2) -> Any:
    """A value for a parameter of a call, about something that belongs to nobody's plan."""
    match shape.type_name:
        case "structure":
            wanted = {name for name, each in shape.members.items() if depth and each.type_name in ("string", "structure")}
            members = {name: theirs(shape.members[name], depth - 1) for name in {*shape.required_members, *wanted}}
            return {name: value for name, value in members.items() if value not in ({}, None)}
        case "list":
            return [theirs(shape.member, depth - 1)]
        case "map":
            return {"theirs": theirs(shape.value, depth - 1)}
        case "string":
            return shape.enum[0] if shape.enum else "i-0123456789abcdef0" * max(1, -(-shape.metadata.get("min", 0) // 19))
    return {"boolean": True, "integer": 1, "long": 1, "blob": b"x"}.get(shape.type_name)


def operations(service: str, client: Any) -> list[str]:
    """The calls that change something, of all that the resource types of a service declare. What a call to disassociate is
    about, only the association says, and there is none."""
    of_names = {client.meta.method_to_api_mapping[method]: method for method in client.meta.method_to_api_mapping}
    declared = {
        name
        for sample in SAMPLES
        for item in sample.resource.permissions
        if item.on in ("create", "update", "delete") and item.action.startswith(f"{service}:")
        for name in [item.action.partition(":")[2]]
        if name in of_names and not name.startswith(("Describe", "Disassociate", "Get", "List"))
    }
    return sorted(of_names[name] for name in declared)


@pytest.mark.parametrize("verb", ["create", "destroy"])
@each_part
def test_a_call_outside_of_the_cage_is_denied_by_the_cage(
    way: str, verb: str, scope: MakeScope, aws: Aws, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calls are all that resource types declare, for things of others, with credentials of the cage for each. What is
    outside of the cages of the other integrations, `permissions/test_cage_outside.py` shows."""
    monkeypatch.setattr(bootstrap.aws.cage, "set_of_call", lambda sets, *_: sets[-1])
    life = Life(way, scope, aws, cloud, tmp_path)
    here, looks = life.deployment, verb == "destroy"
    if looks:
        here.create()
        prepared = prepare.prepare_destroy(here.session, here.backend, allowed=frozenset({"delete-data"}))
    else:
        prepared = prepare.prepare_create(here.session, here.backend, "test", here.wanted)
    found = cage_of(verb, prepared.plan.changes, here.session.accounts, prepared.state, prepared.allowed, looks=looks)
    within, tried = caged(here.session, found).aws, 0
    for one in found.sets:
        service = one.looks or one.name.partition(" ")[0]
        if service == "tag":  # it only searches
            continue
        client = within.within(one.addresses[0] if one.addresses else "").client(service, one.account)
        for method in operations(service, client):
            parameters = theirs(
                client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
            )
            before = len(life.bars.denied)
            with pytest.raises(ClientError) as caught:
                getattr(client, method)(**parameters)
            assert "no session policy allows" in str(caught.value) or service == "s3"
            assert len(life.bars.denied) == before + 1
            tried += 1
    assert tried > 20
