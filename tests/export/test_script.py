"""The script sends what create sends, and nothing in it means more than it says."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from bootstrap.aws.scope import Scope
from bootstrap.core.account import EXAMPLE
from bootstrap.core.integration import Integration
from bootstrap.errors import UsageError
from bootstrap.export.exported import Exported, exported
from bootstrap.export.kinds import forms
from bootstrap.export.kinds.form import Command, Wait
from bootstrap.export.script import NAME, files
from bootstrap.sandbox import Server
from tests.support.comparing import inventory, is_exportable
from tests.support.deployments import Deployment
from tests.support.inputs import ALL, everything
from tests.support.networks import in_network, with_network

EXPORTABLE = {way: wanted for way, wanted in ALL.items() if is_exportable(wanted)}
OF_ALL = {"query", "output", "region", "cli-input-json"}
"""Options that each command of the AWS CLI has."""


def script_of(wanted: Integration) -> str:
    return files(exported(wanted, EXAMPLE))[NAME]


def run(text: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    (folder / NAME).write_text(text, encoding="utf-8")
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return subprocess.run(["bash", NAME], cwd=folder, env={**usual, **settings}, capture_output=True, text=True)


def test_bash_reads_every_script(tmp_path: Path) -> None:
    for way, wanted in EXPORTABLE.items():
        (tmp_path / NAME).write_text(script_of(wanted))
        ran = subprocess.run(["bash", "-n", NAME], cwd=tmp_path, capture_output=True, text=True)
        assert (ran.returncode, ran.stderr) == (0, ""), way


def test_the_aws_cli_has_each_command_and_option() -> None:
    """It makes them from the models of botocore."""
    session = botocore.session.get_session()
    services = ("iam", "s3api", "ec2", "batch")
    models = {name: session.get_service_model({"s3api": "s3"}.get(name, name)) for name in services}
    seen = set()
    for wanted in EXPORTABLE.values():
        of = exported(wanted, EXAMPLE)
        for node in of.nodes.values():
            found = forms(node.resource.kind)
            assert found
            for each in commands_of(found.script(of, node)):
                seen.add(each.operation)
                operations = {xform_name(name, "-"): name for name in models[each.service].operation_names}
                operation = WAITERS.get(each.operation, each.operation)
                members = models[each.service].operation_model(operations[operation]).input_shape.members
                options = {xform_name(name, "-") for name in members} | OF_ALL
                assert {*each.options, *each.outside_home} <= options, each.operation
    assert {"create-role", "create-policy", "create-bucket", "put-bucket-policy", "create-instance-profile"} <= seen
    assert {"run-instances", "create-compute-environment", "update-compute-environment", "wait instance-running"} <= seen


WAITERS = {"wait instance-running": "describe-instances"}


def commands_of(found: Iterable[Command | Wait]) -> Iterator[Command]:
    for each in found:
        yield from [each] if isinstance(each, Command) else filter(None, (each.command, each.again))


with_cli = pytest.mark.skipif(shutil.which("aws") is None, reason="there is no AWS CLI on this machine")


@with_cli
def test_the_script_makes_what_create_makes(there: Scope, server: Server, tmp_path: Path) -> None:
    deployment = Deployment(everything("upsolver-private-vpc"), there, tmp_path)
    brought = inventory(there)
    deployment.create()
    made = inventory(there)
    deployment.destroy()
    assert inventory(there) == brought
    settings = for_sandbox(server)
    ran = run(script_of(deployment.wanted), tmp_path, **settings)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert inventory(there) == made != brought
    assert "Server role ARN: arn:aws:iam::123456789012:role/vendors/acme-UpsolverServerRole" in ran.stdout.splitlines()
    again = run(script_of(deployment.wanted), tmp_path, **settings)
    assert (again.returncode, again.stderr.splitlines()[0]) == (1, "It exists already: us-east-1-upsolver-acme")
    assert "To go on, delete from the script the commands that have succeeded" in again.stderr
    assert "Stopped at" not in again.stderr
    assert inventory(there) == made


@with_cli
@pytest.mark.parametrize("theirs", [[], ["theirs"]])
def test_the_script_uses_the_provider_that_exists(theirs: list[str], there: Scope, server: Server, tmp_path: Path) -> None:
    deployment = Deployment(everything("estuary-s3"), there, tmp_path)
    deployment.create()
    made = inventory(there)
    deployment.destroy()
    [alone] = made["providers"]
    if theirs:
        there.client("iam").create_open_id_connect_provider(Url=f"https://{alone['Url']}", ClientIDList=theirs)
    ran = run(script_of(deployment.wanted), tmp_path, **for_sandbox(server))
    assert (ran.returncode, ran.stderr) == (0, "")
    found = inventory(there)
    [provider] = found["providers"]
    assert provider["ClientIDList"] == sorted([*alone["ClientIDList"], *theirs])
    assert {**found, "providers": []} == {**made, "providers": []}
    assert theirs or provider == alone


@with_cli
def test_the_script_makes_the_machines_that_create_makes(new_there: Scope, new_server: Server, tmp_path: Path) -> None:
    deployment = Deployment(in_network(new_there, everything("biomodal-duet"), spot=False), new_there, tmp_path)
    brought = inventory(new_there)
    deployment.create()
    made = inventory(new_there)
    deployment.destroy()
    assert inventory(new_there) == brought
    ran = run(script_of(deployment.wanted), tmp_path, **for_sandbox(new_server))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert inventory(new_there) == made != brought
    assert re.search("^VM: i-[0-9a-f]{17}$", ran.stdout, re.MULTILINE)
    assert re.search("^Public address: [0-9.]+$", ran.stdout, re.MULTILINE)


@pytest.mark.parametrize("how", ["exit 254", "kill -INT $PPID; kill -INT $$"])
def test_a_script_that_stops_says_how_to_go_on_and_does(how: str, tmp_path: Path) -> None:
    """Also when somebody interrupts it. The AWS CLI is played by a program that answers each command."""
    network = "vpc-0123456789abcdef0", ("subnet-01234567", "subnet-12345678")
    text = script_of(with_network(everything("biomodal-duet"), *network)).replace("sleep 5", ":")
    calls, ended = tmp_path / "calls", tmp_path / "ended"
    played = tmp_path / "aws"
    played.write_text(
        "#!/usr/bin/env bash\n"
        f'echo "$1 $2" >> {calls}\n'
        f'if [ "$2" = head-bucket ]; then exit 1; elif [ "$2" = associate-address ] && [ ! -e {ended} ]; then {how}; fi\n'
        'case $2 in describe-*) echo VALID ;; *) printf "%s-1\\t%s-2\\n" "$2" "$2" ;; esac\n'
    )
    played.chmod(0o755)
    settings = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "AWS_REGION": "us-east-1"}
    first = run(text, tmp_path, **settings)
    assert first.returncode != 0
    assert 'Stopped at: aws ec2 associate-address --allocation-id "${elastic_ip_allocation_id}"' in first.stderr
    assert "To go on, delete from the script the commands that have succeeded, also in an earlier run." in first.stderr
    found = re.findall("^Set this in place of the command that found it: (.*)$", first.stderr, re.MULTILINE)
    assert "vm_instance_id=run-instances-1" in found
    done, calls_before = calls.read_text().splitlines(), len(calls.read_text().splitlines())
    head, _, rest = text.partition("trap 'stopped")
    trap, _, rest = rest.partition("\n")
    left = rest[rest.index("aws ec2 associate-address") :]
    ended.touch()
    second = run("\n".join([f"{head}trap 'stopped{trap}", *found, left]), tmp_path, **settings)
    assert (second.returncode, second.stderr) == (0, "")
    again = calls.read_text().splitlines()[calls_before:]
    assert [each for each in again if each in done and not each.startswith("sts ")][:1] == ["ec2 associate-address"]
    assert "VM: run-instances-1" in second.stdout
    assert "ec2 run-instances" not in again


def test_a_second_run_makes_no_second_machine() -> None:
    """Nor does a call that is tried again: its client token is the same as long as what was made before it is there."""
    network = "vpc-0123456789abcdef0", ("subnet-01234567", "subnet-12345678")
    text = script_of(with_network(everything("biomodal-duet"), *network))
    assert '  --client-token vm-"${vm_security_group_group_id}" \\\n' in text
    assert "vm_security_group_group_id=$(cut -f 1" in text


@pytest.mark.parametrize("named", [{"AWS_REGION": "eu-west-1"}, {"AWS_DEFAULT_REGION": "eu-west-1"}])
def test_the_region_is_the_one_of_the_aws_cli(named: dict[str, str], tmp_path: Path) -> None:
    """Version 1 reads AWS_DEFAULT_REGION, version 2 AWS_REGION first."""
    ran = run(script_of(everything("upsolver-vpc")).replace("set -euo", f"{FAKE}set -euo"), tmp_path, **named)
    assert "It exists already: eu-west-1-upsolver-acme\n" in ran.stderr


def for_sandbox(server: Server) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": server.key_id, "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_CONFIG_FILE": "/dev/null"}
    return {**keys, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": server.url, "AWS_EC2_METADATA_DISABLED": "true"}


def with_description(text: str) -> Exported:
    of = exported(everything("databricks-unity-catalog"), EXAMPLE)
    role = of.nodes["role"]
    changes: dict[str, Any] = {"description": text}
    of.graph.nodes["role"] = replace(role, resource=replace(role.resource, **changes))
    return of


FAKE = "aws() { printf '<%s>' \"$@\" >&2; echo 123456789012; }\n"


@pytest.mark.parametrize(
    "text", ["$(touch pwned)`touch pwned`", 'it\'s "x" \\ ; touch pwned', "a\ntouch pwned\n", "-x", "é"]
)
def test_no_text_becomes_a_command(text: str, tmp_path: Path) -> None:
    """Reasons and descriptions may come from a file that nobody reviewed."""
    of = with_description(text)
    evil = replace(of, reasons=dict.fromkeys(of.reasons, f"{text}\ntouch pwned"))
    ran = run(files(evil)[NAME].replace("set -euo", f"{FAKE}set -euo"), tmp_path, AWS_REGION="us-east-1")
    assert ran.returncode == 0
    assert re.search(f"<--description>?[=<]{re.escape(text)}>", ran.stderr)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("text", ["file:///etc/passwd", "https://example.com/x"])
def test_no_file_of_the_user_is_sent(text: str) -> None:
    with pytest.raises(UsageError, match=r"would read .* as the name of a file"):
        files(with_description(text))
