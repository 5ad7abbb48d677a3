"""The module makes what create makes, in a real Terraform, which takes over what create made and changes nothing."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.scope import Scope
from bootstrap.core.account import EXAMPLE
from bootstrap.core.integration import Integration
from bootstrap.errors import UsageError
from bootstrap.export.exported import exported
from bootstrap.export.terraform import files
from bootstrap.operations import adopt
from bootstrap.sandbox import Server
from tests.support.comparing import inventory, is_exportable
from tests.support.deployments import Deployment
from tests.support.inputs import ALL, everything
from tests.support.terraforms import WHY_NOT, initialized, module, provider, terraform, write

EXPORTABLE = {way: wanted for way, wanted in ALL.items() if is_exportable(wanted)}
LIVED = ("upsolver-private-vpc", "upsolver-data-access")
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


def test_two_policies_whose_names_differ_in_signs_only_are_refused() -> None:
    wanted = exported(everything("databricks-unity-catalog"), EXAMPLE)
    role = wanted.nodes["role"]
    [document] = role.resource.properties()["inline_policies"].values()
    changes: dict[str, Any] = {"inline_policies": {"a.b": document, "a-b": document}}
    wanted.graph.nodes["role"] = replace(role, resource=replace(role.resource, **changes))
    with pytest.raises(UsageError, match=r"two resources would be aws_iam_role_policy\.role_a_b"):
        files(wanted)


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
