"""Which of two values is the stricter one, for each rule and each property that has one."""

import dataclasses
from typing import Any

import pytest

from bootstrap.core.strictness import (
    Chosen,
    Granted,
    Held,
    Limited,
    Members,
    Order,
    Parts,
    Ranked,
    Removable,
    Repaired,
    Rule,
    Smaller,
)
from bootstrap.resources import kinds, resource_kind
from bootstrap.resources.s3.bucket import S3Bucket
from tests.support.samples import SAMPLES, Sample

TIGHTER, LOOSER, NARROWED, UNORDERED = Order.TIGHTER, Order.LOOSER, Order.NARROWED, Order.UNORDERED
KEY, OTHER_KEY = (f"arn:aws:kms:us-east-1:123456789012:key/{name}" for name in ("one", "two"))
LEVELS = Ranked(("low", "middle", "high"))


@pytest.mark.parametrize(
    ("rule", "live", "wanted", "order"),
    [
        (LEVELS, "high", "low", TIGHTER),
        (LEVELS, "low", "middle", LOOSER),
        (LEVELS, None, "low", LOOSER),
        (LEVELS, "new in AWS", "low", UNORDERED),
        (Ranked((False, True)), True, False, TIGHTER),
        (Smaller(), 1, 2, TIGHTER),
        (Smaller(), 3, 2, LOOSER),
        (Smaller(), None, 2, LOOSER),
        (Limited(), "arn:one", None, TIGHTER),
        (Limited(), None, "arn:one", LOOSER),
        (Limited(), "arn:one", "arn:two", UNORDERED),
        (Members("entry"), ["a"], ["a", "b"], NARROWED),
        (Members("entry"), ["a", "b", "c"], ["a", "b"], LOOSER),
        (Members("entry"), ["quarantine"], ["a"], UNORDERED),
        (Chosen(), None, "ours", NARROWED),
        (Chosen(), "another", "ours", UNORDERED),
        (Held(), None, "ours", TIGHTER),
        (Held(), "another", "ours", UNORDERED),
        (Removable(), None, "", TIGHTER),
        (Removable(), "other words", "", LOOSER),
        (Granted("why"), None, "role", NARROWED),
        (Granted("why"), "another", "role", LOOSER),
        (Repaired("why"), "this", "that", LOOSER),
    ],
)
def test_each_rule_tells_the_stricter_value(rule: Rule, live: Any, wanted: Any, order: Order) -> None:
    assert rule.order(live, wanted) is order


@pytest.mark.parametrize(
    ("live", "wanted", "order"),
    [
        (KEY, "AES256", TIGHTER),
        ("aws:kms", "AES256", TIGHTER),
        ("aws:kms:dsse", "aws:kms", TIGHTER),
        (f"aws:kms:dsse {KEY}", KEY, TIGHTER),
        (KEY, "aws:kms", TIGHTER),
        (None, "AES256", LOOSER),
        ("AES256", KEY, LOOSER),
        ("aws:kms", KEY, LOOSER),
        (KEY, f"aws:kms:dsse {KEY}", LOOSER),
        (OTHER_KEY, KEY, UNORDERED),
        (f"aws:kms:dsse {OTHER_KEY}", KEY, UNORDERED),
        ("aws:kms:dsse", KEY, UNORDERED),
        ("aws:of-the-future", "AES256", UNORDERED),
    ],
)
def test_encryption_is_stricter_with_kms_and_a_key_of_ones_own(live: Any, wanted: Any, order: Order) -> None:
    rule = S3Bucket.updates.strictness["encryption"]
    assert not isinstance(rule, Parts)
    assert rule.order(live, wanted) is order


@pytest.mark.parametrize(
    ("live", "order"),
    [
        (None, TIGHTER),
        ({"prefix": "work/", "expire_days": 30, "disabled": True}, TIGHTER),
        ({"prefix": "work/", "expire_days": 90}, TIGHTER),
        ({"prefix": "work/"}, TIGHTER),
        ({"prefix": "work/old/", "expire_days": 30}, TIGHTER),
        ({"prefix": "work/", "expire_days": 3}, LOOSER),
        ({"prefix": "", "expire_days": 30}, LOOSER),
        ({"prefix": "", "expire_days": 90}, UNORDERED),
        ({"prefix": "results/", "expire_days": 30}, UNORDERED),
    ],
)
def test_a_lifecycle_rule_is_stricter_when_it_keeps_data_longer(live: Any, order: Order) -> None:
    rule = S3Bucket.updates.strictness["lifecycle"]
    assert not isinstance(rule, Parts)
    assert rule.order(live, {"prefix": "work/", "expire_days": 30}) is order


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.resource.kind)
def test_each_setting_that_is_written_has_a_direction_or_a_reason_why_it_has_none(sample: Sample) -> None:
    """Also each entry of a field that is a mapping of AWS's own settings, and what a lifecycle rule, a group's rule or a
    document may hold is up to a rule for all entries."""
    resource = sample.resource
    for name, value in resource.properties().items():
        rule = resource.updates.strictness.get(name)
        if isinstance(rule, Parts):
            assert set(rule.rules) == set(value), name
            assert all(each.why for each in rule.rules.values() if isinstance(each, Repaired | Granted)), name
        if isinstance(value, bool) and name not in resource.updates.unreported:  # a switch has a stricter side
            assert isinstance(rule, Ranked), name
            assert set(rule.values) == {False, True}, name
    assert set(resource.additive) <= {*resource.updates.strictness, "tags"}
    assert set(resource.updates.precheck_on_update) <= set(resource.updates.strictness)


@pytest.mark.parametrize("kind", kinds())
def test_each_property_says_which_direction_is_stricter_or_why_none_is(kind: str) -> None:
    """What AWS cannot change, or does not tell, has no direction; tags are labels, and those of others stay anyway."""
    resource = resource_kind(kind)
    fields = (
        {item.name for item in dataclasses.fields(resource)}
        - resource.updates.force_new
        - resource.updates.create_only
        - resource.updates.unreported
        - {"tags", "asked"}
    )
    assert set(resource.updates.strictness) == fields
    for rule in resource.updates.strictness.values():
        assert rule.why if isinstance(rule, Repaired | Granted) else True
