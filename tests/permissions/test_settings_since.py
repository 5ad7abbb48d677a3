"""Whether a plan has other settings than somebody approved, and which of them open more."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples
from bootstrap.core.resource import Resource
from bootstrap.fleet.integration import fleet_of
from bootstrap.integrations import integration, integrations
from bootstrap.permissions.settings_since import has_settings, moved, rewritten, settings_in, settings_since
from bootstrap.permissions.since import access_of, check_access, since
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.ec2.instance import Ec2Instance
from bootstrap.resources.ec2.key_pair import Ec2KeyPair
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.s3.bucket import S3Bucket
from tests.permissions.test_since import MOVED
from tests.support.samples import SAMPLES

CHOSEN = integration("upsolver-vpc").example()
NOBODY = {"Version": "2012-10-17", "Statement": list[Any]()}
ROLE = IamRole(name="Vendor", trust=NOBODY)
BUCKET = S3Bucket(name="acme-data")
KEY = Ec2KeyPair(name="vm", public_key="ssh-ed25519 QUFB ann@acme")
VM = Ec2Instance(
    image="ami-1",
    instance_type="m5.large",
    subnet="subnet-1",
    security_groups=["sg-1"],
    profile="vm",
    root_volume_gb=8,
    key_name="ann",
    user_data="#!/bin/sh\nsecret",
)
OPTIONAL = {**ec2.METADATA, "HttpTokens": "optional"}


def graph_of(integration: Integration) -> Graph:
    graph = Graph(examples(integration))
    build(integration.granting, graph)
    return graph


def only(resource: Resource) -> Graph:
    graph = Graph([EXAMPLE])
    graph.add("it", resource)
    return graph


def compared(before: Resource, after: Resource) -> list[tuple[str, str]]:
    approved = json.loads(json.dumps({**access_of(only(before)), **settings_in(only(before), CHOSEN)}))
    check_access(approved)
    assert all(not each.widens for each in since(approved, access_of(only(after))))
    found = list(settings_since(approved, only(after), CHOSEN))
    assert all(each.is_setting for each in found)
    return [(each.code, each.line) for each in found]


def of_fleets(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    fleet = fleet_of(integration("upsolver-vpc")).example()
    was, now = (replace(fleet, **each) for each in (before, after))
    found = settings_since(settings_in(graph_of(was), was), graph_of(now), now)
    return [(each.code, each.line) for each in found]


@pytest.mark.parametrize(
    ("before", "change", "code", "told"),
    [
        (
            ROLE,
            {"max_session_duration": 43200},
            "longer-session",
            "its setting max_session_duration has changed, from 3600 to 43200: ",
        ),
        (
            BUCKET,
            {"block_public_access": False},
            "public-access",
            "its setting block_public_access has changed, from true to false: ",
        ),
        (BUCKET, {"tls_only": False}, "lost-denial", "its setting tls_only has changed"),
        (
            KEY,
            {"public_key": "ssh-ed25519 QkJC eve@acme"},
            "new-principal",
            "its setting public_key has changed: whoever has that",
        ),
        (VM, {"key_name": "eve"}, "new-principal", "its setting key_name has changed: whoever has that SSH key"),
        (
            VM,
            {"user_data": "#!/bin/sh\nother"},
            "other-code",
            "its setting user_data has changed: the machine starts with another",
        ),
        (VM, {"image": "ami-2"}, "other-code", "its setting image has changed"),
        (VM, {"metadata": OPTIONAL}, "open-metadata", "its setting metadata has changed"),
        (VM, {"profile": "other"}, "new-role", "its setting profile has changed"),
    ],
)
def test_a_setting_that_opens_more_is_a_widening(before: Resource, change: dict[str, Any], code: str, told: str) -> None:
    [(found, line)] = compared(before, replace(before, **change))
    assert found == code
    assert line.startswith(f"it: {told}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (replace(ROLE, max_session_duration=43200), ROLE),
        (replace(BUCKET, block_public_access=False), BUCKET),
        (replace(VM, metadata=OPTIONAL), VM),
        (VM, replace(VM, key_name=None)),
        (VM, replace(VM, instance_type="m5.xlarge")),
        (ROLE, replace(ROLE, path="/v/")),
        (ROLE, replace(ROLE, tags={"x": "y"})),
    ],
)
def test_any_other_setting_is_a_change_and_no_widening(before: Resource, after: Resource) -> None:
    [(code, line)] = compared(before, after)
    assert code == ""
    assert line.startswith("it: its ")


def test_the_comment_of_a_key_is_no_change() -> None:
    assert compared(KEY, replace(KEY, public_key="ssh-ed25519 QUFB another comment")) == []


def test_scripts_and_keys_are_not_in_an_approval() -> None:
    text = json.dumps([settings_in(only(each), CHOSEN) for each in (VM, KEY)])
    assert "secret" not in text
    assert "QUFB" not in text


def test_a_fleet_that_reaches_more_accounts_is_a_widening() -> None:
    one, two = "111122223333", "444455556666"
    unit, more = ("ou-abcd-12345678",), ("ou-abcd-12345678", "ou-abcd-87654321")
    assert of_fleets({"account": (one,)}, {"account": (one,)}) == []
    assert of_fleets({"account": (one,)}, {}) == [
        ("new-place", f"the fleet: its stacks go into all accounts of {unit[0]}, and no longer only {one}")
    ]
    assert of_fleets({"account": (one,)}, {"account": (one, two)}) == [
        ("new-place", f"the fleet: its stacks also go into account {two}")
    ]
    assert of_fleets({}, {"organizational_unit": more}) == [("new-place", f"the fleet: its stacks also go into {more[1]}")]
    assert of_fleets({"exclude": (one,)}, {}) == [("new-place", f"the fleet: it no longer leaves out account {one}")]
    assert of_fleets({}, {"account": (one,)}) == [("", "the fleet: its setting account has changed")]
    assert of_fleets({}, {"exclude": (one,)}) == [("", "the fleet: its setting exclude has changed")]


def test_resources_come_and_go() -> None:
    approved = settings_in(only(ROLE), CHOSEN)
    graph = Graph([EXAMPLE])
    graph.add("bucket", BUCKET)
    assert [each.line for each in settings_since(approved, graph, CHOSEN)] == [
        "bucket: it is new",
        "it: it is no longer part of the plan",
    ]


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (BUCKET, [("", "it is new")]),
        (
            replace(BUCKET, block_public_access=False, tls_only=False),
            [
                (
                    "public-access",
                    "it is new, and its setting block_public_access is false: S3 does not block public access to the bucket",
                ),
                ("lost-denial", "it is new, and its setting tls_only is false: nothing of ours denies requests without TLS"),
            ],
        ),
        (ROLE, [("", "it is new")]),
        (replace(VM, key_name=None), [("", "it is new")]),
        (KEY, [("new-principal", "it is new: whoever has that SSH key can sign in to the machine")]),
    ],
)
def test_what_a_new_resource_opens_is_a_widening(new: Resource, found: list[tuple[str, str]]) -> None:
    graph = only(ROLE)
    approved = settings_in(graph, CHOSEN)
    graph.add("new", new)
    assert [(each.code, each.text) for each in settings_since(approved, graph, CHOSEN)] == found


LOOSER: dict[str, Any] = {
    "block_public_access": False,
    "ownership": "ObjectWriter",
    "tls_only": False,
    "metadata": OPTIONAL,
    "max_session_duration": 7200,
}


@pytest.mark.parametrize("kind", {type(each.resource): None for each in SAMPLES})
def test_each_default_of_which_a_type_says_what_another_value_opens_is_judged_in_a_new_resource(
    kind: type[Resource],
) -> None:
    [sample, *_] = [each.resource for each in SAMPLES if type(each.resource) is kind]
    defaults = {each.name for each in fields(kind) if each.default or each.default_factory is not MISSING}
    required = {each.name for each in fields(kind) if each.default is each.default_factory is MISSING}
    for name in (defaults - required - {"thumbprints"}) & kind.updates.opens.keys() & kind.updates.strictness.keys():
        graph = only(ROLE)
        approved = settings_in(graph, CHOSEN)
        graph.add("new", replace(sample, **{name: LOOSER[name]}))
        opening = kind.updates.opens[name]
        found = [each for each in settings_since(approved, graph, CHOSEN) if each.text.endswith(opening.text)]
        assert [each.code for each in found] == [opening.code]


def test_an_approval_of_before_is_still_read_and_its_settings_are_unknown() -> None:
    approved = access_of(only(ROLE))
    check_access(approved)
    assert not has_settings(approved)
    assert has_settings(settings_in(only(ROLE), CHOSEN))
    assert list(settings_since(approved, only(replace(ROLE, path="/v/")), CHOSEN)) == []


@pytest.mark.parametrize("value", ["x", [1], {"HttpTokens": {}}, None])
def test_a_setting_that_somebody_forged_is_a_change(value: Any) -> None:
    approved = settings_in(only(VM), CHOSEN)
    approved["settings of it"]["settings"][0].update(metadata=value, security_groups=value)
    found = [each.line for each in settings_since(approved, only(VM), CHOSEN)]
    assert all(any(f"its setting {name} has changed" in line for line in found) for name in ("metadata", "security_groups"))


@pytest.mark.parametrize("value", [[], ["x"], [{}, {}], {}])
def test_settings_in_another_form_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="access"):
        check_access({"settings of it": {"settings": value}})


@pytest.mark.parametrize("name", sorted(integrations()))
def test_an_integration_has_the_settings_that_were_approved_in_any_account_and_region(name: str) -> None:
    example = integrations()[name].example()
    approved = json.loads(json.dumps(settings_in(graph_of(example), example)))
    check_access(approved)
    assert list(settings_since(approved, graph_of(example), example)) == []
    if name == "upsolver-data-access":  # its example names things in the example account
        return
    elsewhere = Graph([replace(each, id=MOVED[each.id], region="eu-west-1") for each in examples(example)])
    build(example, elsewhere)
    assert list(settings_since(approved, elsewhere, example)) == []


def test_another_account_or_region_is_said() -> None:
    approved = {"default": EXAMPLE.to_json()}
    assert list(moved(approved, {"default": EXAMPLE})) == []
    there = replace(EXAMPLE, id="555566667777", region="eu-west-1")
    assert {(each.is_place, each.is_setting, each.widens) for each in moved(approved, {"default": there})} == {
        (True, False, False)
    }
    assert [each.line for each in moved(approved, {"default": there})] == [
        "the account: 123456789012 was approved, and this is 555566667777",
        "the region: us-east-1 was approved, and this is eu-west-1",
    ]


LIMIT, THEIRS = "arn:aws:iam::123456789012:policy/Limit", "arn:aws:iam::123456789012:policy/Theirs"


def test_a_boundary_that_was_rewritten_since_the_approval_is_a_widening() -> None:
    approved = {"role": {LIMIT: "v1 of ANPA1", THEIRS: "v3 of ANPA2"}}
    assert list(rewritten(approved, approved)) == []
    assert list(rewritten(approved, {})) == []  # the access says that it is no longer the same one
    [found] = rewritten(approved, {"role": {LIMIT: "v2 of ANPA1", THEIRS: "v3 of ANPA2"}})
    assert found.line == f"role: its policy {LIMIT} was rewritten: v1 of ANPA1 was approved, and now v2 of ANPA1 counts"
    assert found.widens


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        ("v1 of ANPA1", None, "AWS was not asked"),
        ("v1 of ANPA1", {"role": {LIMIT: ""}}, "AWS did not show it"),
        ("", {"role": {LIMIT: "v2 of ANPA1"}}, "AWS did not show it"),
    ],
)
def test_and_one_that_nobody_could_read_is_not_known(before: str, now: Any, why: str) -> None:
    [found] = rewritten({"role": {LIMIT: before}}, now)
    assert found.line == f"role: whether the policy {LIMIT} was rewritten since is not known, as {why}"
    assert not found.widens
