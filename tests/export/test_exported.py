"""A value becomes a symbol only where the graph stays the same once it is filled in again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff
from bootstrap.core.integration import Integration, examples, inputs_of
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import UsageError
from bootstrap.export import cloudformation, script, terraform
from bootstrap.export.cloudformation import template
from bootstrap.export.exported import check_exportable, exported
from bootstrap.export.kinds.form import of_the_account
from bootstrap.export.symbols import Given, Here, Output, filled, parts, spoken
from tests.support.comparing import is_exportable
from tests.support.inputs import ALL, everything, example


def test_a_text_is_cut_into_its_symbols() -> None:
    text = "s3://@{input bucket}/@{here region}-@{role.arn}${aws:username}"
    cut = ["s3://", Given("bucket"), "/", Here("region"), "-", Output("role", "arn"), "${aws:username}"]
    assert parts(text) == cut
    assert parts("") == [""]
    assert spoken(text) == "s3://<bucket>/<region>-<role.arn>${aws:username}"


def test_the_symbols_filled_in_again_are_the_graph_of_create() -> None:
    for way, wanted in ALL.items():
        if not is_exportable(wanted):
            continue
        [account] = examples(wanted)
        found = exported(wanted, account)
        values = {f"@{{input {each.item.name}}}": each.value for each in found.parameters}
        values |= {f"@{{here {what}}}": getattr(account, what) for what in ("region", "partition")}
        values |= {"@{here account}": account.id}
        graph, _ = draft_graph(wanted, [account])
        assert filled(found.graph.as_json(), values) == graph.as_json(), way
        assert f":iam::{account.id}:" not in str(found.graph.as_json()), way
        parameters = {each.item.name for each in found.parameters}
        assert "external_id" in parameters or not getattr(wanted, "external_id", None), way


def test_no_input_is_a_secret_and_no_document_has_one() -> None:
    """A file of an integration cannot make a secret an input either: tests/integrations/files/test_problems.py."""
    name_of_one = re.compile("secret|passw|token|api.?key|access.?key|private.?key|credential", re.IGNORECASE)
    text_of_one = re.compile(r"NoEcho|sensitive += |resolve:secretsmanager|A[KS]IA[A-Z0-9]{16}|BEGIN [A-Z ]*PRIVATE KEY")
    untagged: dict[str, Any] = {"tag": ()}
    for way, wanted in ALL.items():
        texts = [each.name for each in inputs_of(type(wanted)) if each.kind != "flag"]
        assert list(filter(name_of_one.search, texts)) == [], way
        if is_exportable(wanted):
            of = exported(replace(wanted, **untagged), EXAMPLE)
            for write in (cloudformation.files, terraform.files, script.files):
                assert [text_of_one.findall(text) for text in write(of).values() if text_of_one.search(text)] == [], way


def test_a_bucket_with_a_prefix_stays_a_value_as_it_is_cut_in_two() -> None:
    whole, part = (with_inputs(everything("airbyte-s3"), bucket=bucket) for bucket in ("acme-raw", "acme-raw/events"))
    assert [each.item.name for each in exported(whole, EXAMPLE).parameters] == ["bucket", "external_id"]
    assert [each.item.name for each in exported(part, EXAMPLE).parameters] == ["external_id"]
    assert "acme-raw/events" in str(exported(part, EXAMPLE).graph.as_json())


def test_what_is_made_from_the_region_is_for_one_region_only() -> None:
    """No format can write _ where the name of another region has -."""
    kind: Any = type(example("datadog"))

    class WithName(kind):  # type: ignore[misc]
        def build(self, graph: Graph) -> Handoff:
            handoff: Handoff = super().build(graph)
            name = "datadog_" + graph.account().region.replace("-", "_")
            return replace(handoff, values={**handoff.values, "Name": name})

    usual, named = exported(example("datadog"), EXAMPLE), exported(WithName.example(), EXAMPLE)
    assert (usual.only_for, "OnlyFor" in usual.about()) == ({}, False)
    assert (named.only_for, named.about()["OnlyFor"]) == ({"region": "us-east-1"}, ["region us-east-1"])
    assert "# Only for: region us-east-1\n" in terraform.files(named)["main.tf"]
    assert 'value       = "datadog_us_east_1"' in terraform.files(named)["outputs.tf"]


def test_what_names_the_account_is_for_this_account_only() -> None:
    """As the key of a bucket that create looked up. A permissions boundary is always of the role's own account."""
    key = f"arn:aws:kms:us-east-1:{EXAMPLE.id}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    boundary = f"arn:aws:iam::{EXAMPLE.id}:policy/boundaries/vendors"
    role = "arn:@{here partition}:iam::@{here account}:policy/boundaries/vendors"
    for inputs, only_for in (({"kms_key": key}, {"account": EXAMPLE.id}), ({"permissions_boundary": boundary}, {})):
        found = exported(with_inputs(example("databricks-unity-catalog"), **inputs), EXAMPLE)
        assert found.only_for == only_for
    [properties] = [each for each in template(found)["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    assert of_the_account(boundary) == role
    sub = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundaries/vendors"}
    assert properties["Properties"]["PermissionsBoundary"] == sub
    assert of_the_account("arn:aws:iam::aws:policy/PowerUserAccess") == "arn:aws:iam::aws:policy/PowerUserAccess"


EVERY = {way: wanted for way, wanted in ALL.items() if is_exportable(wanted)}
ROTATING = "upsolver-vpc while its external id is rotated"
EVERY[ROTATING] = replace(everything("upsolver-vpc"), **dict[str, Any](previous_external_id="before"))


@pytest.mark.parametrize("way", EVERY)
def test_no_text_has_words_of_our_command_line(way: str) -> None:
    """Whoever reads a document may never have seen bootstrap."""
    found = exported(with_inputs(EVERY[way], tag=()), EXAMPLE)
    written = template(found)
    texts = [written["Description"], *texts_in(written["Metadata"]), *texts_in(written.get("Parameters", {}))]
    texts += [text for each in written["Resources"].values() for text in texts_in(each["Metadata"])]
    texts += [line for line in terraform.files(found)["main.tf"].splitlines() if line.lstrip().startswith("#")]
    assert len(texts) > 5
    assert [text for text in texts if re.search(r"(^|[\s(`'])--[a-z]|\bbootstrap\b|\(default|repeatable", text)] == []


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts_in(each)
        case list():
            for each in value:
                yield from texts_in(each)


def test_a_description_omits_what_is_about_the_command_line() -> None:
    descriptions = {each.item.name: each.description for each in exported(everything("upsolver-vpc"), EXAMPLE).parameters}
    assert descriptions["org_id"] == "Name the new bucket after your organization id at Upsolver."
    assert descriptions["external_id"].startswith("Require the external id that Upsolver shows you; it keeps")


def test_a_command_names_the_file_that_the_person_saves() -> None:
    found = exported(with_inputs(example("biomodal-duet"), **NETWORK), EXAMPLE)
    assert "Save the output nextflow.config as a file" in found.about()["NextSteps"]
    assert found.texts["Send nextflow.config"].startswith("aws s3 cp nextflow.config ")


NETWORK: dict[str, Any] = {"vpc": "vpc-0123456789abcdef0", "subnet": ("subnet-01234567", "subnet-12345678")}


def test_two_accounts_are_refused() -> None:
    with pytest.raises(UsageError, match="aspera-atc works in 2 accounts"):
        check_exportable(example("aspera-atc"))


def test_what_the_vendor_shows_later_is_refused() -> None:
    with pytest.raises(UsageError, match="Fivetran shows --external-id only once it has the role's ARN") as caught:
        check_exportable(with_inputs(example("fivetran-s3"), external_id="@{pending external_id}"))
    assert caught.value.advice == "Give --external-id, or create it with bootstrap."


def test_a_step_with_a_command_of_bootstrap_is_left_to_bootstrap() -> None:
    found = exported(example("upsolver-data-access"), EXAMPLE)
    assert any("@{bootstrap." in text for text in (*found.handoff.steps, *found.handoff.later))
    assert (
        "Run connection.sql in Upsolver to create the connections. AWS may need a minute before a new role works."
        in (found.about()["NextSteps"])
    )
    assert not any("bootstrap" in step for step in found.about()["NextSteps"])


def with_inputs(wanted: Integration, **inputs: Any) -> Integration:
    return replace(wanted, **inputs)
