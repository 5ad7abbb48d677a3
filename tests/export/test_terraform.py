"""The module makes what create makes, in a real Terraform, which takes over what create made and changes nothing."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.scope import Scope
from bootstrap.core.account import EXAMPLE
from bootstrap.core.integration import Integration
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import UsageError
from bootstrap.export.exported import exported
from bootstrap.export.terraform import files
from bootstrap.operations import adopt
from bootstrap.sandbox import Server
from tests.conftest import LINEAGE
from tests.support.comparing import inventory, is_exportable
from tests.support.deployments import Deployment
from tests.support.inputs import ALL, everything, example
from tests.support.networks import in_network
from tests.support.parameters import parameter
from tests.support.terraforms import WHY_NOT, initialized, module, provider, terraform, write

EXPORTABLE = {way: wanted for way, wanted in ALL.items() if is_exportable(wanted)}
LIVED = ("upsolver-private-vpc", "upsolver-data-access", "estuary-s3")
"""What has each kind in it."""
with_terraform = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


def texts(wanted: Integration) -> dict[str, str]:
    return files(exported(wanted, EXAMPLE))


def test_the_files_of_a_module() -> None:
    found = texts(everything("upsolver-private-vpc"))
    assert [*found] == ["main.tf", "variables.tf", "outputs.tf"]
    assert 'version = ">= 5.0, < 7.0"' in found["main.tf"]
    assert "provider " not in found["main.tf"]
    assert 'can(regex("^[A-Za-z0-9_+=,.@:/-]+$", var.external_id))' in found["variables.tf"]
    assert 'bucket = "${data.aws_region.here.id}-upsolver-${var.org_id}"' in found["main.tf"]
    assert "      # Upsolver creates cluster resources (https://docs.upsolver.com/" in found["main.tf"]


def test_no_text_of_a_file_becomes_code() -> None:
    """Reasons and descriptions may come from a file that nobody reviewed."""
    wanted = exported(everything("databricks-unity-catalog"), EXAMPLE)
    role = wanted.nodes["role"]
    changes: dict[str, Any] = {"description": 'a "${file("/etc/passwd")}" %{if true}\n}\\'}
    wanted.graph.nodes["role"] = replace(role, resource=replace(role.resource, **changes))
    evil = replace(wanted, reasons=dict.fromkeys(wanted.reasons, 'why\n} output "x" {'))
    main = files(evil)["main.tf"]
    assert '= "a \\"$${file(\\"/etc/passwd\\")}\\" %%{if true}\\n}\\\\"\n' in main
    assert re.findall("^.*output .*$", main, re.MULTILINE)
    assert all(line.lstrip().startswith("# why } output") for line in re.findall("^.*output .*$", main, re.MULTILINE))


def test_a_dollar_before_a_value_stays_a_dollar() -> None:
    """$${ would be the text ${."""
    wanted = exported(everything("databricks-unity-catalog"), EXAMPLE)
    texts = {"Price": "$@{input external_id}", "Share": "5%@{here region}", "Both": "${x}$$@{here region}"}
    found = files(replace(wanted, handoff=replace(wanted.handoff, values=texts)))["outputs.tf"]
    for written in (
        "\\u0024${var.external_id}",
        "5\\u0025${data.aws_region.here.id}",
        "$${x}$\\u0024${data.aws_region.here.id}",
    ):
        assert f'value       = "{written}"' in found


def test_an_input_may_be_called_like_an_argument_of_a_module() -> None:
    [parameter, *_] = (wanted := exported(example("vanta"), EXAMPLE)).parameters
    named = replace(parameter, item=replace(parameter.item, name="version"))
    texts = {"Version": "@{input version}"}
    found = files(replace(wanted, parameters=(named,), handoff=replace(wanted.handoff, values=texts)))
    assert 'variable "version_" {' in found["variables.tf"]
    assert "length(var.version_) >= 2" in found["variables.tf"]
    assert "= var.version_\n" in found["outputs.tf"]


def test_two_policies_whose_names_differ_in_signs_only_are_refused() -> None:
    wanted = exported(everything("databricks-unity-catalog"), EXAMPLE)
    role = wanted.nodes["role"]
    [document] = role.resource.properties()["inline_policies"].values()
    changes: dict[str, Any] = {"inline_policies": {"a.b": document, "a-b": document}}
    wanted.graph.nodes["role"] = replace(role, resource=replace(role.resource, **changes))
    with pytest.raises(UsageError, match=r"two resources would be aws_iam_role_policy\.role_a_b"):
        files(wanted)


def test_a_provider_that_was_there_before_is_not_imported() -> None:
    """Its audiences are of others, too, and Terraform would replace all of them."""
    wanted = everything("estuary-s3")
    node = exported(wanted, EXAMPLE).nodes["provider"]
    record = Record(
        address="provider",
        kind=node.resource.kind,
        account="default",
        status=Status.READY,
        properties=node.resource.properties(),
        outputs={"arn": "arn:aws:iam::123456789012:oidc-provider/openid.estuary.dev"},
    )
    state = State(
        deployment="test",
        integration=wanted.name,
        lineage=LINEAGE,
        accounts={"default": EXAMPLE},
        records={"provider": record},
    )
    with pytest.raises(UsageError, match="was there before, and Terraform would remove the audiences of others"):
        files(exported(wanted, EXAMPLE, state))
    assert "import {" in files(exported(wanted, EXAMPLE, state.put(replace(record, created_here=True))))["imports.tf"]
    assert '">= 5.81, < 7.0"' in texts(wanted)["main.tf"]


@with_terraform
def test_modules_are_valid_and_formatted(tmp_path: Path) -> None:
    for number, wanted in enumerate(EXPORTABLE.values()):
        write(tmp_path / f"m{number}", texts(wanted))
    assert terraform(tmp_path, "fmt", "-check", "-recursive", "-diff") == ""
    write(tmp_path, {"main.tf": "\n".join(module(f"m{number}") for number in range(len(EXPORTABLE)))})
    assert "The configuration is valid" in terraform(initialized(tmp_path), "validate", "-no-color")


@with_terraform
def test_apply_makes_what_create_makes(there: Scope, server: Server, tmp_path: Path) -> None:
    deployments = [Deployment(everything(name), there, tmp_path, name=name) for name in LIVED]
    brought = inventory(there)
    for deployment in deployments:
        deployment.create()
    made = inventory(there)
    for deployment in deployments:
        deployment.destroy()
    assert inventory(there) == brought
    root = tmp_path / "root"
    write(root, {"main.tf": "\n".join([provider(server), *map(module, LIVED)])})
    for deployment in deployments:
        write(root / deployment.name, texts(deployment.wanted))
    terraform(initialized(root), "apply", "-no-color", "-auto-approve", "-input=false")
    assert inventory(there) == made
    assert made != brought


@with_terraform
def test_apply_makes_the_machines_that_create_makes_and_imports_them(
    new_there: Scope, new_server: Server, tmp_path: Path
) -> None:
    for service in ("batch.amazonaws.com", "spot.amazonaws.com"):
        new_there.client("iam").create_service_linked_role(AWSServiceName=service)
    deployment = Deployment(in_network(new_there, everything("biomodal-duet")), new_there, tmp_path)
    brought = inventory(new_there)
    deployment.create()
    made = inventory(new_there)
    imports = files(exported(deployment.wanted, EXAMPLE, deployment.backend.load()))
    [image] = {each["ImageId"] for each in made["instances"]}
    with parameter(image) as ssm:
        there_already = in_folder(tmp_path / "there", provider(new_server, ssm=ssm), imports)
        plan = terraform(initialized(there_already), "plan", "-no-color", "-input=false")
        deployment.destroy()
        assert inventory(new_there) == brought
        new = initialized(in_folder(tmp_path / "new", provider(new_server, ssm=ssm), texts(deployment.wanted)))
        terraform(new, "apply", "-no-color", "-auto-approve", "-input=false")
        assert inventory(new_there) == made != brought
    number = imports["imports.tf"].count("import {")
    assert number >= 20
    assert f"Plan: {number} to import, 0 to add, {len(CHANGES)} to change, 0 to destroy." in plan
    changed = re.findall(
        r"^  # (\S+) will be updated in-place\n.*?^  ~ resource [^\n]+\n(.*?)^    }$", plan, re.MULTILINE | re.DOTALL
    )
    assert {name: set(re.findall(r"^ +[-+~] (\w+)", body, re.MULTILINE)) for name, body in changed} == CHANGES


_OF_ENVIRONMENT = {"compute_resources", "launch_template", "version"}
CHANGES = {
    "aws_instance.vm": {"user_data_replace_on_change"},
    "aws_launch_template.launch_template": {"latest_version", "tag_specifications", "resource_type", "tags"},
    "aws_batch_compute_environment.on_demand_environment": _OF_ENVIRONMENT,
    "aws_batch_compute_environment.spot_environment": _OF_ENVIRONMENT,
}
"""Terraform has no value yet for what is only in its own state, and moto shows the tags of a template as those of machines:
so there is a new version of the template, which the environments name."""


def in_folder(folder: Path, configured: str, found: Mapping[str, str]) -> Path:
    write(folder, {**found, "provider.tf": configured})
    return folder


@with_terraform
def test_what_apply_made_is_adopted_and_then_belongs_to_bootstrap(there: Scope, server: Server, tmp_path: Path) -> None:
    """The way back from an export."""
    deployment = Deployment(everything("upsolver-private-vpc"), there, tmp_path)
    brought, root = inventory(there), tmp_path / "root"
    write(root, {**texts(deployment.wanted), "provider.tf": provider(server)})
    terraform(initialized(root), "apply", "-no-color", "-auto-approve", "-input=false")
    adopted = adopt(deployment.session, deployment.backend, "test", deployment.wanted)
    assert adopted is not None
    plan = adopted.prepared.plan
    assert {change.address: change.reason for change in plan.work} == dict.fromkeys(deployment.nodes(), "matches")
    assert deployment.create() == []
    deployment.destroy()
    assert inventory(there) == brought


@with_terraform
@pytest.mark.parametrize("name", LIVED)
def test_what_create_made_is_imported_without_a_change(name: str, there: Scope, server: Server, tmp_path: Path) -> None:
    deployment = Deployment(everything(name), there, tmp_path)
    deployment.create()
    state = deployment.backend.load()
    found = files(exported(deployment.wanted, EXAMPLE, state))
    number = found["imports.tf"].count("import {")
    assert number >= 3
    root = tmp_path / "root"
    write(root, found)
    terraform(root, "fmt", "-check")
    write(root, {"provider.tf": provider(server)})
    plan = terraform(initialized(root), "plan", "-no-color", "-input=false")
    assert f"Plan: {number} to import, 0 to add, 0 to change, 0 to destroy." in plan
