"""What holds for every integration. A new one takes part through a golden file, and through its entry in `support/inputs.py`
if it is code. One that is a file is made once in the sandbox; the tests that take longest are for those of `THOROUGH`."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.contract.vandalism import vandalise
from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples, inputs_of
from bootstrap.core.policy import policy_problems
from bootstrap.core.reference import references
from bootstrap.core.strictness import Compared, Repaired
from bootstrap.engine import prepare
from bootstrap.errors import PlanRefused, UsageError
from bootstrap.integrations import integration, integrations
from bootstrap.integrations.existing.bucket_policies import FILE
from bootstrap.permissions.operator import needs_of_integration
from bootstrap.permissions.role_grants import grants_by_role
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from tests.conftest import MakeScope
from tests.support.deployments import Deployment, bystanders, everything_in
from tests.support.iam_table import actions_like, condition_keys, is_action, is_service, takes
from tests.support.inputs import ALL, CHOICES, EVERYTHING, FILES, OTHERWISE, SHARED, THOROUGH, everything, example
from tests.support.tightened import tighten
from tests.support.wire import Wire

GOLDEN = Path(__file__).parent / "golden"
OPERATORS = re.compile(
    r"(ForAnyValue:|ForAllValues:)?"
    r"((String|Arn)(Not)?(Equals|Like)|StringEqualsIgnoreCase|Bool|IpAddress|NotIpAddress|Numeric\w+|Date\w+|Null)(IfExists)?"
)

OTHER_LETTERS = {"amplify:ListWebhooks": "amplify:ListWebHooks"}
"""Actions as a vendor's list has them, with the letters of AWS's table. IAM makes no difference."""
OF_TRUSTS = {"sts:AssumeRole": {"sts:externalid", "sts:rolesessionname", "aws:principalarn"}}
"""The keys that integrations may test where they trust somebody, by action."""

each_integration = pytest.mark.parametrize("name", list(integrations()))
each_thorough = pytest.mark.parametrize("name", THOROUGH)
each_everywhere = pytest.mark.parametrize("name", [name for name, kind in integrations().items() if not kind.partition])
each_way = pytest.mark.parametrize("way", ALL)
each_life = pytest.mark.parametrize("way", [*(f"{name} by its example" for name in THOROUGH), *integrations()])


def built(wanted: Integration, account: Account = EXAMPLE) -> tuple[Graph, dict[str, Any]]:
    """With the example accounts, in the partition and region of `account`."""
    graph = Graph(replace(each, partition=account.partition, region=account.region) for each in examples(wanted))
    handoff = wanted.build(graph)
    return graph, handoff.to_json()


def as_json(wanted: Integration, account: Account = EXAMPLE) -> dict[str, Any]:
    graph, handoff = built(wanted, account)
    return {"graph": graph.as_json(), "handoff": handoff}


def given_in_choices(name: str) -> set[str]:
    """The inputs of a file that are given in one of `CHOICES`, as they contradict others."""
    return {item for each, given in CHOICES.values() if each == name for item in given}


# What it says


def test_every_integration_has_inputs_here_and_all_of_them_can_be_built() -> None:
    assert {*THOROUGH, *FILES} == set(integrations())
    for name, kind in integrations().items():
        assert kind.name == name
        assert kind.title
        assert kind.pages


@each_integration
def test_the_graph_is_the_one_that_was_approved(name: str) -> None:
    """Set UPDATE_GOLDEN=1 to write the files anew, and read what changed before committing it."""
    path = GOLDEN / f"{name}.json"
    ways = {"example": example(name), "everything": everything(name)}
    ways |= {way.partition(" with ")[2]: ALL[way] for way, (each, _) in CHOICES.items() if each == name}
    found = {way: as_json(wanted) for way, wanted in ways.items()}
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(path.read_text())


def test_no_golden_file_is_of_an_integration_that_there_is_none_of() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(integrations())


@each_way
def test_aws_would_refuse_nothing_of_it(way: str) -> None:
    graph, _ = built(ALL[way])
    assert graph.validate() == []


@each_way
def test_what_is_handed_over_refers_to_resources_and_outputs_of_the_graph(way: str) -> None:
    graph, handoff = built(ALL[way])
    assert handoff["values"]
    assert handoff["steps"]
    for address, attribute in references(handoff):
        assert attribute in handoff["verbs"] if address == "bootstrap" else graph.nodes[address][attribute]


@each_way
def test_the_files_that_it_hands_over_are_declared(way: str) -> None:
    wanted = ALL[way]
    names = [*wanted.handoff_files, "values.json"]
    found = [*built(wanted)[1]["files"]]
    left_out = {*names[:-1]} - {*found}
    assert found == [name for name in names[:-1] if name not in left_out]
    assert left_out <= {"rotate.sql", *([] if "bucket_owner" in wanted.given else [FILE])}
    assert len({each.lower() for each in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", each) for each in names)


@each_way
def test_its_inputs_make_the_same_integration_again(way: str) -> None:
    wanted = ALL[way]
    assert from_inputs(type(wanted), json.loads(json.dumps(wanted.to_json()))) == wanted


@each_integration
def test_every_input_has_help_and_is_set_in_these_tests(name: str) -> None:
    kind = integration(name)
    assert all(item.help.endswith(".") for item in inputs_of(kind))
    unset = {item.name for item in inputs_of(kind)} - {*EVERYTHING[name], *given_in_choices(name)}
    of_the_account = {"vpc", "subnet", "vm_subnet", "s3_role_arn", "existing_s3_role", "bucket_owner"}
    assert unset - of_the_account <= {
        *("existing_bucket", "without_athena", "without_spotinst", "trusted_entity"),
        *("external_id_later", "previous_external_id"),  # tests/core/test_pending.py, test_rotation.py
    }, unset


@each_integration
def test_each_property_that_an_input_decides_tells_whether_the_user_gave_it(name: str) -> None:
    """Not of documents, of which an input names a part: what others add to one stays, whatever was given."""
    values, kind = EVERYTHING[name], integration(name)
    for item in inputs_of(kind):
        without = {key: value for key, value in values.items() if key != item.name}
        try:
            other, _ = built(from_inputs(kind, without))
        except UsageError:
            continue
        given, found = (built(from_inputs(kind, values, wishes))[0] for wishes in ([item.name], []))
        for address, node in given.nodes.items():
            resource, rules = node.resource, node.resource.updates.strictness
            had = other.nodes[address].resource.properties() if address in other.nodes else {}
            decided = {key for key, value in resource.properties().items() if key in had and had[key] != value} - {"asked"}
            ordered = {key for key in decided & set(rules) if not isinstance(rules[key], Compared | Repaired)}
            assert ordered <= set(resource.asked_for()), (item.name, address)
            assert found.nodes[address].resource.asked_for() in ([], ()), address


@each_integration
def test_the_options_that_are_advised_for_a_property_are_its_inputs(name: str) -> None:
    flags = {item.flag for item in inputs_of(integration(name))}
    for node in built(everything(name))[0].nodes.values():
        assert set(node.resource.updates.set_by.values()) <= flags, node.address


@each_integration
def test_required_inputs_are_asked_for(name: str) -> None:
    with pytest.raises(UsageError, match="needs --"):
        from_inputs(integration(name), {})


@each_integration
def test_names_paths_boundaries_and_tags_are_on_everything_that_can_have_them(name: str) -> None:
    graph, _ = built(everything(name))
    plain, _ = built(from_inputs(integration(name), {key: EVERYTHING[name][key] for key in {*EVERYTHING[name]} - {*SHARED}}))
    assert len(graph.nodes) == len(plain.nodes)
    for node in graph.nodes.values():
        properties = node.resource.properties()
        if node.resource.taggable:
            assert {**properties["tags"], "Name": ""} == {"team": "data", "cost": "7", "Name": ""}
        if node.resource.kind in ("iam_role", "iam_policy", "iam_instance_profile"):
            assert properties["name"].startswith("acme-")
            assert properties["path"] == "/vendors/"
        if node.resource.kind == "iam_role":
            assert properties["permissions_boundary"] == "arn:aws:iam::aws:policy/PowerUserAccess"
        if node.resource.kind == "iam_role_attachment" and properties["role"].startswith("@{"):
            assert properties["role_path"] == "/vendors/"


def test_an_integration_whose_roles_trust_accounts_of_the_vendor_says_in_which_partition_they_are() -> None:
    """All that the inputs name is taken to China: what then still is of another partition is the vendor's."""
    china = Account(id="123456789012", partition="aws-cn", region="cn-north-1")
    for name, kind in integrations().items():
        given = json.loads(json.dumps(EVERYTHING[name]).replace("arn:aws:", "arn:aws-cn:"))
        graph, _ = built(from_inputs(kind, given), china)
        theirs = {
            part for document in documents(graph) for part in re.findall(r"arn:([a-z-]+):iam::\d", json.dumps(document))
        }
        assert (theirs - {"aws-cn"}) == ({kind.partition} - {""}), name
        assert bool(kind.partition) == any("nobody, or somebody else" in text for text in graph.validate()), name


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
@each_everywhere
def test_in_other_partitions_no_arn_is_of_the_commercial_one(name: str, region: str, partition: str) -> None:
    given = json.loads(json.dumps(EVERYTHING[name]).replace("arn:aws:", f"arn:{partition}:"))
    wanted = from_inputs(integration(name), given)
    account = Account(id="123456789012", partition=partition, region=region)
    graph, handoff = built(wanted, account)
    assert graph.validate() == []
    assert "arn:aws:" not in json.dumps([graph.as_json(), handoff])
    assert f"arn:{partition}:" in json.dumps(graph.as_json())


# What it grants


def documents(graph: Graph) -> list[dict[str, Any]]:
    found = []
    for node in graph.nodes.values():
        properties = graph.predicted(node).properties()
        found.append({"Statement": properties["statements"]} if "statements" in properties else None)
        found += [properties.get("trust"), properties.get("document"), *properties.get("inline_policies", {}).values()]
    return [item for item in found if item]


@pytest.mark.parametrize("way", [way for way in ALL if way not in OTHERWISE])
def test_what_is_explained_is_what_is_sent(way: str) -> None:
    """Without the Sids, of which those in the policy of a bucket are the owner's mark."""
    wanted = ALL[way]
    graph, _ = built(wanted)
    explained = [item.to_json() for item in wanted.statements]
    sent = [item for document in documents(graph) for item in document["Statement"]]
    bare = [[json.dumps({**item, "Sid": ""}, sort_keys=True) for item in items] for items in (explained, sent)]
    assert sorted(bare[0]) == sorted(bare[1])


@each_way
def test_every_statement_has_the_vendors_reason_and_a_page(way: str) -> None:
    statements = ALL[way].statements
    assert statements
    for item in statements:
        assert len(item.why) > 10, item
        assert item.source.startswith("https://"), item


@each_way
def test_every_attached_policy_has_the_vendors_reason_and_a_page(way: str) -> None:
    attached = [item.resource for item in built(ALL[way])[0].nodes.values() if item.resource.kind == "iam_role_attachment"]
    assert attached or way.partition(" ")[0] in FILES
    for item in map(IamRoleAttachment.properties, attached):
        assert len(item["why"]) > 10, item
        assert item["source"].startswith("https://"), item
    accounts = {account.alias: account for account in examples(ALL[way])}
    told = [need.reason for need in needs_of_integration(ALL[way], accounts, "d") if need.action == "iam:AttachRolePolicy"]
    assert all(any(item.purpose in reason for reason in told) for item in attached)


@each_way
def test_each_statement_is_explained_under_the_role_that_gets_it_and_none_is_left_over(way: str) -> None:
    graph, _ = built(ALL[way])
    found = grants_by_role(graph, ALL[way].statements)
    explained = [item for role in found for item in (*role.trusts, *role.statements)]
    assert sorted(explained, key=repr) == sorted(ALL[way].statements, key=repr)
    of_ours = {node.resource.label for node in graph.nodes.values() if node.resource.kind == "iam_role"}
    assert of_ours <= {role.role for role in found} and all(role.trusts for role in found if role.role in of_ours)


@each_way
def test_statement_ids_are_unique_in_a_document_and_of_letters_and_digits(way: str) -> None:
    for document in (each for each in documents(built(ALL[way])[0]) if "Version" in each):
        sids = [item["Sid"] for item in document["Statement"]]
        assert len(set(sids)) == len(sids)
        assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
        assert policy_problems(document, 10_240) == []


@each_integration
def test_every_deviation_says_what_the_page_has_what_is_sent_why_and_by_what_source(name: str) -> None:
    for item in integration(name).deviations:
        assert all((item.page, item.sent, item.why, item.source)), item
    assert len(set(integration(name).deviations)) == len(integration(name).deviations)


@each_way
def test_every_action_is_one_of_awss_and_takes_the_resources_that_it_is_given(way: str) -> None:
    for item in ALL[way].statements:
        for action in item.actions:
            service, _, word = action.partition(":")
            granted = actions_like(OTHER_LETTERS.get(action, action))
            assert all(map(is_action, granted)) and is_service(service) and (granted or word == "*"), action
            if granted:
                usable = [arn for arn in item.resources if any(takes(each, arn) for each in granted)]
                # A statement may name things that only some of its actions know, but S3's mistakes look like that.
                assert usable == list(item.resources) if service == "s3" else usable or not item.resources, item


@each_way
def test_every_condition_has_an_operator_of_iam_and_a_key_that_its_actions_carry(way: str) -> None:
    for item in ALL[way].statements:
        for operator, test in item.conditions.items():
            assert OPERATORS.fullmatch(operator), operator
            for key in test:
                plain = key if "Federated" in item.principals else re.sub(r"/.*", "/*", key.lower())
                for action in item.actions:
                    issuers = {each.partition(":oidc-provider/")[2] for each in item.principals.get("Federated", ())}
                    of_token = {f"{issuer}:{claim}" for issuer in issuers for claim in ("aud", "sub")}
                    carried = of_token or OF_TRUSTS.get(action) or condition_keys(action)
                    assert plain in carried | {"aws:principaltag/*"}, f"{item.sid}: {action} does not carry {key}"


WITHOUT_EXTERNAL_ID = {"clickhouse-s3"}
"""The vendors that have none; the ledger says what somebody could do."""


@each_integration
def test_trust_always_takes_an_external_id_or_is_for_a_service(name: str) -> None:
    """Or for the holder of a token that names an audience and a subject. Who may tag a session needs another statement."""
    trusts = [item for item in everything(name).statements if item.principals and item.actions[0].startswith("sts:")]
    assert trusts
    given = EVERYTHING[name].get("external_id")
    for item in trusts:
        ids = item.conditions.get("StringEquals", {}).get("sts:ExternalId")
        tested = {key.rpartition(":")[2] for test in item.conditions.values() for key in test}
        assert (
            (ids and ids in (given, [given]))
            or set(item.principals) == {"Service"}
            or (set(item.principals) == {"Federated"} and tested == {"aud", "sub"})
            or item.actions == ("sts:TagSession",)
            or name in WITHOUT_EXTERNAL_ID
        )
        assert "*" not in str(item.principals)
    for missing in WITHOUT_EXTERNAL_ID & {name}:
        assert any(each.risk == "medium" and {*each.sids} >= {trusts[0].sid} for each in integration(missing).deviations)


@pytest.mark.parametrize("given", ["nothing", "all"])
@pytest.mark.parametrize("name", [name for name in THOROUGH if hasattr(integration(name), "harden")])
def test_the_notes_of_harden_name_each_action_that_it_narrows_and_no_other(name: str, given: str) -> None:
    inputs = (everything if given == "all" else example)(name).to_json()
    whole, narrow = (from_inputs(integration(name), {**inputs, "harden": harden}) for harden in (False, True))
    granted = [
        {
            (action, place, json.dumps(item.conditions))
            for item in wanted.statements
            for action in item.actions
            for place in item.resources
        }
        for wanted in (whole, narrow)
    ]
    narrowed = {action for action, _, _ in granted[0] ^ granted[1]}
    notes = [note for note in narrow.notes if note.startswith("with --harden, ")]
    assert not any(note.startswith("with --harden, ") for note in whole.notes)
    named = {word for note in notes for word in re.findall(r"\w+:[A-Z]\w+", note.split(" granted ")[0])}
    assert narrowed == named
    assert all("cannot" in note for note in notes)  # what it means for the user
    for action, place, conditions in granted[1] - granted[0]:
        told = " ".join(note for note in notes if action in note.split(" granted ")[0])
        assert _words_of_place(place) in told, (action, place)
        values = [value for test in json.loads(conditions).values() for each in test.values() for value in each]
        assert all(_words_of_value(value) in told for value in values), (action, values)
    if "ec2:CreateTags" in narrowed:  # what is held to a tag that nobody may put on any more
        of_tagged = {
            action for item in narrow.statements if "ec2:ResourceTag" in str(item.conditions) for action in item.actions
        }
        assert of_tagged == {action for note in notes for action in re.findall(r"ec2:[A-Z]\w+", note)} - {"ec2:CreateTags"}


def _words_of_place(arn: str) -> str:
    """How a note names what a grant is narrowed to: a kind of thing, or a thing by its name; "" for everything."""
    kind, _, thing = arn.split(":", 5)[-1].partition("/")
    if thing == "*" or not thing:
        return {"repository": "repositories", "*": ""}.get(kind, f"{kind.replace('-', ' ')}s")
    return thing.rpartition("/")[2]


def _words_of_value(value: str) -> str:
    return "EC2" if value == "ec2.amazonaws.com" else value.rpartition("/")[2]


# What it does


@each_life
def test_it_is_made_whole_and_goes_without_a_trace(
    way: str,
    scope: MakeScope,
    tmp_path: Path,
) -> None:
    deployment = Deployment(ALL[way], scope(), tmp_path)
    before = bystanders(scope())
    made_now = deployment.create()
    assert [x for x, node in deployment.nodes().items() if not node.resource.identifiers.shared and x not in made_now] == []
    made = everything_in(scope())
    assert made != before
    assert deployment.create() == []
    assert everything_in(scope()) == made
    assert sorted(deployment.destroy()) == sorted(deployment.nodes())
    assert everything_in(scope()) == before
    assert deployment.destroy() == []


@each_thorough
def test_whatever_others_change_is_planned_and_repaired_and_nothing_else_is_touched(
    name: str, scope: MakeScope, tmp_path: Path
) -> None:
    deployment = Deployment(everything(name), scope(), tmp_path)
    before = everything_in(scope())
    deployment.create()
    for node in deployment.nodes().values():
        for change in vandalise(node, deployment.scope_of(node.account), deployment.outputs(node.address)):
            change()
            assert deployment.create("retag") == [node.address]
    assert deployment.create() == []
    deployment.destroy()
    assert everything_in(scope())["details"] == before["details"]


@each_thorough
def test_whatever_others_tighten_is_kept_and_shown_and_goes_with_the_rest(
    name: str, scope: MakeScope, tmp_path: Path
) -> None:
    deployment = Deployment(example(name), scope(), tmp_path)
    before = everything_in(scope())
    deployment.create()
    expected = {}
    for address, node in deployment.nodes().items():
        stricter = tighten(node, deployment.scope_of(node.account), deployment.outputs(address))
        for change in stricter.values():
            change()
        expected[address] = set(stricter)
    tightened = everything_in(scope())
    plan = prepare.prepare_create(deployment.session, deployment.backend, "test", deployment.wanted).plan
    assert [(change.address, change.differences) for change in plan.work] == []
    assert deployment.create() == []
    assert everything_in(scope()) == tightened
    assert {change.address: {item.path for item in change.kept} for change in plan.changes} == expected
    status = prepare.prepare_status(deployment.session, deployment.backend).plan
    assert [change.kept for change in status.changes if change.kept] == [each.kept for each in plan.changes if each.kept]
    assert (status.work, status.refused) == ((), ())
    deployment.destroy()
    assert everything_in(scope())["details"] == before["details"]


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("name", [name for name in THOROUGH if integration(name).partition])
def test_where_the_vendor_has_no_accounts_nothing_is_made(
    name: str, region: str, scope: MakeScope, tmp_path: Path, cloud: Wire
) -> None:
    here = scope(region)
    given = json.loads(json.dumps(EVERYTHING[name]).replace("arn:aws:", f"arn:{here.account.partition}:"))
    deployment = Deployment(from_inputs(integration(name), given), here, tmp_path)
    only = f"works only in the partition aws, but {region} is in {here.account.partition}"
    with cloud.recorded() as calls, pytest.raises(PlanRefused, match=only):
        deployment.create()
    assert [call for call in calls if call.changes] == []


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("name", [name for name in THOROUGH if not integration(name).partition])
def test_it_is_made_and_goes_in_other_partitions(name: str, region: str, scope: MakeScope, tmp_path: Path) -> None:
    here = scope(region)
    given = json.loads(json.dumps(EVERYTHING[name]).replace("arn:aws:", f"arn:{here.account.partition}:"))
    deployment = Deployment(from_inputs(integration(name), given), here, tmp_path)
    before = everything_in(here)
    deployment.create()
    state = deployment.backend.load()
    assert state is not None
    arns = [record.outputs["arn"] for record in state.records.values() if "arn" in record.outputs]
    assert len(arns) >= 2
    assert all(arn.startswith(f"arn:{here.account.partition}:") for arn in arns)
    assert deployment.create() == []
    assert {(account.partition, account.region) for account in state.accounts.values()} == {(here.account.partition, region)}
    deployment.destroy()
    assert everything_in(here) == before
