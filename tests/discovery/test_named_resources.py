"""Names that a user gives: what finds the resource, and which input would give it its name."""

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.difference import Difference
from bootstrap.discovery.named_resources import naming_advice, outputs_of_named
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import UsageError
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


def test_a_name_where_only_an_id_is_unique_is_refused() -> None:
    graph, _ = draft_graph(example("biomodal-duet"), [EXAMPLE])
    with pytest.raises(UsageError, match="'my machine' is not the id or ARN of vm"):
        outputs_of_named(graph, {"vm": "my machine"})


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
