"""The contract as an author runs it: it holds for a good integration, and each thing that breaks is named."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.contract import runner
from bootstrap.core.cloud import Cloud
from bootstrap.core.contract_check import ContractCheck
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.live import Live, Outputs
from bootstrap.errors import SandboxError, UsageError
from bootstrap.integrations import integration
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole

pytestmark = pytest.mark.usefixtures("moto_made_ready")
UpsolverDataAccess = integration("upsolver-data-access")
EXAMPLE = UpsolverDataAccess.example()


def run(wanted: Integration = EXAMPLE, golden: Any = None) -> list[ContractCheck]:
    seen: list[ContractCheck] = []
    done = runner.run(wanted, seen.append, golden)
    assert seen == done
    return done


def failed(checks: Sequence[ContractCheck]) -> tuple[str, str]:
    """The name of the only check that failed, and all that it says; what comes after it is skipped."""
    [found] = [item for item in checks if item.failures]
    after = checks[checks.index(found) + 1 :]
    assert all(item.skipped == f"after: {found.name}" for item in after)
    return found.name, "\n".join(found.failures)


def test_a_good_integration_keeps_it_whatever_the_user_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody-has-this")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    checks = run()
    assert [item for item in checks if not item.passed] == []
    assert [item.name for item in checks] == [
        "the graph is one that AWS accepts",
        "what it needs is there",
        "create makes all of it",
        "a second create has nothing to do",
        "drift is repaired: policy",
        "drift is repaired: role",
        "drift is repaired: attachment",
        "destroy leaves nothing behind",
        "create, killed at any call, is finished by the same command",
        "destroy, killed at any call, is finished by the same command",
        "create needs no more than the policy that permissions prints",
        "status needs no more than the policy that permissions prints",
        "destroy needs no more than the policy that permissions prints",
        "receipt needs no more than the policy that permissions prints",
    ]


def test_a_graph_that_differs_from_the_golden_one_is_shown_where_it_differs() -> None:
    golden = runner.as_json(EXAMPLE)
    golden["graph"]["role"]["properties"]["description"] = "approved"
    name, told = failed(run(golden=golden))
    assert name == "the graph is the one in the golden file"
    assert told.startswith("graph.role.properties.description: is ")
    assert told.endswith("and was 'approved'")


def test_a_graph_that_aws_would_refuse_is_not_created() -> None:
    many: dict[str, Any] = {"bucket": tuple(f"{number:03}{'b' * 60}" for number in range(90))}
    name, told = failed(run(replace(EXAMPLE, **many)))
    assert name == "the graph is one that AWS accepts"
    assert "characters" in told


def test_a_resource_that_is_never_as_planned_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(10_000))
    build = UpsolverDataAccess.build

    def other_each_time(wanted: Integration, graph: Graph) -> Handoff:
        found = build(wanted, graph)
        node = graph.nodes["role"]
        assert isinstance(node.resource, IamRole)
        graph.nodes["role"] = replace(node, resource=replace(node.resource, description=f"made {next(times)}"))
        return found

    monkeypatch.setattr(UpsolverDataAccess, "build", other_each_time)
    assert failed(run()) == ("a second create has nothing to do", "role is planned again")


def test_damage_that_is_not_repaired_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IamPolicy, "update", lambda policy, aws, outputs, differences: outputs)
    name, told = failed(run())
    assert name == "drift is repaired: policy"
    assert "policy is planned again after the repair" in told


def test_what_a_destroy_leaves_behind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IamPolicy, "delete", lambda policy, aws, outputs: None)
    name, told = failed(run())
    assert name == "destroy leaves nothing behind"
    assert "Policies" in told


def test_what_a_killed_run_leaves_in_the_way_of_the_next_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    create, delete = IamPolicy.create, IamPolicy.delete

    def with_a_group(policy: IamPolicy, aws: Cloud) -> Live:
        aws.call("iam", "create_group", GroupName="beside")
        return create(policy, aws)

    def with_its_group(policy: IamPolicy, aws: Cloud, outputs: Outputs) -> None:
        delete(policy, aws, outputs)
        aws.call("iam", "delete_group", GroupName="beside")

    monkeypatch.setattr(IamPolicy, "create", with_a_group)
    monkeypatch.setattr(IamPolicy, "delete", with_its_group)
    name, told = failed(run())
    assert name == "create, killed at any call, is finished by the same command"
    assert "iam.CreateGroup" in told
    assert "already exists" in told


def test_a_permission_that_the_printed_policy_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tuple(item for item in IamRole.permissions if item.action != "iam:TagRole")
    assert len(kept) < len(IamRole.permissions)
    monkeypatch.setattr(IamRole, "permissions", kept)
    name, told = failed(run())
    assert name == "create needs no more than the policy that permissions prints"
    assert "iam:TagRole" in told


def test_an_error_of_an_integration_in_python_is_a_line_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(wanted: Integration, graph: Graph) -> Handoff:
        raise KeyError("nothing")

    monkeypatch.setattr(UpsolverDataAccess, "build", wrong)
    assert failed(run()) == ("the graph is one that AWS accepts", "unexpected KeyError: 'nothing'")


def test_without_moto_the_user_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "find_spec", lambda name: None)
    with pytest.raises(SandboxError) as raised:
        run()
    assert "moto[server]" in raised.value.advice


def test_an_integration_of_another_partition_cannot_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UpsolverDataAccess, "partition", "aws-us-gov")
    with pytest.raises(UsageError, match="aws-us-gov"):
        run()


def test_what_the_vendor_shows_later_is_tried_from_the_locked_role_on() -> None:
    checks = run(integration("snowflake-s3").example())
    assert [item for item in checks if not item.passed] == []
    assert "created before the vendor shows everything, it is completed later" in [item.name for item in checks]
