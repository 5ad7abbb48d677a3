"""Names that a user gives: what finds the resource, and which input would give it its name."""

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live
from bootstrap.discovery.named_resources import check_named, naming_advice, outputs_of_named
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import PlanRefused, UsageError
from tests.support.inputs import example


@pytest.mark.parametrize(
    ("what", "outputs"),
    [
        ("vm=i-0123456789abcdef0", {"instance_id": "i-0123456789abcdef0"}),
        (f"vm=arn:aws:ec2:us-east-1:{EXAMPLE.id}:instance/i-0123456789abcdef0", {"instance_id": "i-0123456789abcdef0"}),
        ("vm-role=Mine", {"name": "Mine"}),
        (f"vm-role=arn:aws:iam::{EXAMPLE.id}:role/vendors/Mine", {"name": "Mine"}),
        ("bucket=arn:aws:s3:::data", {"name": "data"}),
    ],
)
def test_a_name_an_id_or_an_arn_finds_it(what: str, outputs: dict[str, str]) -> None:
    graph, _ = draft_graph(example("biomodal-duet"), [EXAMPLE])
    address, _, word = what.partition("=")
    assert outputs_of_named(graph, {address: word}) == {address: outputs}


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("vm=my machine", "'my machine' is not the id or ARN of vm (ec2_instance)"),
        ("vm=sg-0123456789abcdef0", "'sg-0123456789abcdef0' is not the id or ARN of vm (ec2_instance)"),
        ("vm=i-0123456789", "'i-0123456789' is not the id or ARN of vm (ec2_instance)"),
        ("vm-role=arn:x", "arn:x is not the ARN of vm-role (iam_role)"),
        ("vm-role=arn:aws:iam::123456789012:user/R", "arn:aws:iam::123456789012:user/R is not the ARN of vm-role"),
        ("vm-role=arn:aws:iam::210987654321:role/R", "belongs to account 210987654321, and this run is in account 1234"),
        ("vm-role=arn:aws-cn:iam::123456789012:role/R", "belongs to partition aws-cn, and this run is in account 1234"),
        (
            "vm=arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0",
            "is in region eu-west-1, and this run is in us-east-1",
        ),
        ("bucket=../x", "'../x' cannot be the name of bucket (s3_bucket): "),
        ("vm-role=a/b c", "'a/b c' cannot be the name of vm-role (iam_role): "),
        ("vm-role=@{vm.name}", "'@{vm.name}' cannot be the name of vm-role (iam_role): '@{vm.name}' holds '@{'"),
    ],
)
def test_what_cannot_be_it_is_refused_before_aws_is_asked(what: str, says: str) -> None:
    graph, _ = draft_graph(example("biomodal-duet"), [EXAMPLE])
    address, _, word = what.partition("=")
    with pytest.raises(UsageError) as refused:
        outputs_of_named(graph, {address: word})
    assert says in refused.value.message


ROLE = {"name": "R", "arn": f"arn:aws:iam::{EXAMPLE.id}:role/R"}


def test_an_arn_with_another_path_does_not_exist() -> None:
    graph, _ = draft_graph(example("biomodal-duet"), [EXAMPLE])
    live = {"vm-role": Live(ROLE, {}), "batch-role": None}
    check_named({"vm-role": ROLE["arn"]}, graph, live)
    with pytest.raises(PlanRefused) as refused:
        check_named({"vm-role": f"arn:aws:iam::{EXAMPLE.id}:role/other/R", "batch-role": "B"}, graph, live)
    assert refused.value.problems == (f"vm-role=arn:aws:iam::{EXAMPLE.id}:role/other/R", "batch-role=B")


def test_one_resource_is_not_adopted_at_two_addresses() -> None:
    graph, _ = draft_graph(example("biomodal-duet"), [EXAMPLE])
    live = {"vm-role": Live(ROLE, {}), "batch-role": Live(ROLE, {}), "vm-profile": Live(ROLE, {})}
    check_named({"vm-role": "R", "vm-profile": "R"}, graph, live)
    with pytest.raises(UsageError, match="vm-role and batch-role are the same resource, R"):
        check_named({"vm-role": "R", "batch-role": ROLE["arn"]}, graph, live)


@pytest.mark.parametrize(
    ("address", "field", "value", "says"),
    [
        ("role", "name", "acme-UpsolverRole", "Run the same command again with: --role-prefix acme-"),
        ("role", "path", "/vendors/", "Run the same command again with: --path /vendors/"),
        ("bucket", "name", "us-east-1-upsolver-other", "Run the same command again with: --org-id other"),
        ("role", "name", "Elsewhere", "No input alone sets its name to that."),
    ],
)
def test_the_input_that_sets_a_name_is_found(address: str, field: str, value: str, says: str) -> None:
    wanted = example("upsolver-vpc")
    graph, _ = draft_graph(wanted, [EXAMPLE])
    difference = Difference(field, None, value, "ours")
    assert naming_advice(wanted, [EXAMPLE], graph.nodes[address], [difference]).startswith(says)
