"""What a report says about the account: a line for each fact, also where nothing is demanded or known."""

from typing import Any

import pytest

from bootstrap.permissions.organization import BLOCK, IMAGES, TAGS, Denied, demands, queries_for_report
from tests.support.samples import SAMPLES

MACHINE = {"vm": next(each.resource for each in SAMPLES if each.resource.kind == "ec2_instance")}
ROLE = {"role": next(each.resource for each in SAMPLES if each.resource.kind == "iam_role")}


def said(operation: str, answer: Any) -> list[str]:
    return list(demands({operation: answer}, MACHINE))


def test_only_where_there_are_machines_are_images_and_the_network_asked_for() -> None:
    assert queries_for_report(ROLE.values()) == (TAGS,)
    assert queries_for_report(MACHINE.values()) == (TAGS, IMAGES, BLOCK)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"InternetGatewayBlockMode": "off"}, "VPC Block Public Access is off"),
        (
            {"InternetGatewayBlockMode": "block-bidirectional", "ManagedBy": "declarative-policy"},
            "VPC Block Public Access is on, set by a policy of the organization: it blocks all traffic through internet "
            "gateways, except for exclusions",
        ),
        (
            {"InternetGatewayBlockMode": "block-ingress", "ManagedBy": "account"},
            "VPC Block Public Access is on, set by the account: it blocks all incoming traffic through internet gateways, "
            "except for exclusions",
        ),
    ],
)
def test_the_block_of_the_network_is_one_line(options: dict[str, str], line: str) -> None:
    assert said(BLOCK.operation, {"VpcBlockPublicAccessOptions": options}) == [line]


def test_images_are_named_with_what_they_stop_and_nothing_is_a_fact_too() -> None:
    [line] = said(IMAGES.operation, {"State": "enabled", "ImageCriteria": [{"ImageProviders": ["amazon"]}]})
    assert line.endswith("AWS does not start vm from any other")
    assert said(IMAGES.operation, {"State": "disabled"}) == ["Allowed AMIs is off: any image may be started"]
    assert said(TAGS.operation, {"RequiredTags": []}) == [
        "The organization's tag policy requires no tag that these resources lack"
    ]


def test_what_is_denied_or_failed_is_not_known() -> None:
    answers = {TAGS.operation: None, IMAGES.operation: None, BLOCK.operation: Denied()}
    assert list(demands(answers, MACHINE)) == [
        "Not known, as you may not read it: whether VPC Block Public Access is on (ec2:DescribeVpcBlockPublicAccessOptions)",
        "Not known, as AWS did not answer: which tags the organization requires, which images the organization or the "
        "account allows",
    ]
