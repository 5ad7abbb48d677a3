"""The duet environment, and what its inputs make of it; `test_pages.py` holds its grants against biomodal's page."""

import email
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.account import DEFAULT, EXAMPLE, Account
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph, ordered
from bootstrap.core.integration import OWN_PROFILE, Handoff
from bootstrap.errors import PlanRefused, UsageError
from bootstrap.integrations.biomodal import first_boot
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from bootstrap.integrations.biomodal.nextflow import nextflow_config
from bootstrap.permissions.operator import needs_of_integration
from bootstrap.permissions.operator_policy import statements
from tests.conftest import MakeScope
from tests.integrations.upsolver.test_vpc import grants
from tests.support.wire import Wire

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx0Jc5xW6p8r4mC1Z0n2b1m3v4K5L6M7N8P9Q0R1S2T me@home"
THEIR_KEY = f"arn:aws:kms:us-east-1:999988887777:key/{'1' * 8}-{'2' * 4}-{'3' * 4}-{'4' * 4}-{'5' * 12}"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
BUCKET = "arn:aws:s3:::acme-duet"


def duet(**given: Any) -> BiomodalDuet:
    place = {"vpc": "vpc-0123456789abcdef0", "subnet": SUBNETS}
    found = from_inputs(BiomodalDuet, {**({} if "existing_bucket" in given else {"bucket": "acme-duet"}), **place, **given})
    assert isinstance(found, BiomodalDuet)
    return found


def built(account: Account = EXAMPLE, **given: Any) -> tuple[Graph, Handoff]:
    graph = Graph([account])
    return graph, duet(**given).build(graph)


def properties(address: str, **given: Any) -> dict[str, Any]:
    return built(**given)[0].nodes[address].resource.properties()


def refusal(**given: Any) -> str:
    with pytest.raises(UsageError) as caught:
        built(**given)
    return caught.value.message


def policy(role: str, name: str, **given: Any) -> dict[str, Any]:
    return dict(properties(role, **given)["inline_policies"][name])


# What it grants


def test_hardened_it_may_change_only_what_is_here() -> None:
    changed = {(action, place) for _, action, place, _ in grants(policy("vm-role", "duet-vm", harden=True))}
    here = "123456789012"
    for action, place in changed:
        word = action.partition(":")[2]
        reads = word.startswith(("describe", "get", "list", "batchget", "batchcheck"))
        assert reads or f":{here}:" in place, (action, place)
    assert {place for action, place in changed if action == "batch:submitjob"} == {
        f"arn:aws:batch:us-east-1:{here}:job-definition/*",
        f"arn:aws:batch:us-east-1:{here}:job/*",
        f"arn:aws:batch:us-east-1:{here}:job-queue/biomodal-duet-spot",
        f"arn:aws:batch:us-east-1:{here}:job-queue/biomodal-duet-on-demand",
    }


@pytest.mark.parametrize("role", ["vm-role", "batch-role"])
@pytest.mark.parametrize("bucket", [{"bucket": "acme-duet"}, {"existing_bucket": "acme-duet"}])
def test_the_buckets_statement_has_each_action_on_the_arn_that_it_is_for(role: str, bucket: dict[str, str]) -> None:
    found = {(action, place) for _, action, place, _ in grants(policy(role, "duet-bucket", **bucket))}
    objects = (
        "getobject putobject deleteobject abortmultipartupload listmultipartuploadparts putobjecttagging getobjecttagging"
    )
    assert found == {
        ("s3:listbucket", BUCKET),
        ("s3:getbucketlocation", BUCKET),
        ("s3:listbucketmultipartuploads", BUCKET),
        *((f"s3:{action}", f"{BUCKET}/*") for action in objects.split()),
    }


def test_only_machines_take_the_roles() -> None:
    for role in ("vm-role", "batch-role"):
        [statement] = properties(role)["trust"]["Statement"]
        assert statement["Principal"] == {"Service": ["ec2.amazonaws.com"]}
    china = Account(id="123456789012", partition="aws-cn", region="cn-north-1")
    [statement] = built(china)[0].nodes["vm-role"].resource.properties()["trust"]["Statement"]
    assert statement["Principal"] == {"Service": ["ec2.amazonaws.com.cn"]}


# What there is


def test_a_new_bucket_forgets_work_files_and_uploads_that_broke_off() -> None:
    assert properties("bucket")["lifecycle"] == {
        "work-files": {"prefix": "work/", "expire_days": 30},
        "unfinished-uploads": {"prefix": "", "abort_multipart_days": 7},
    }


def test_a_bucket_of_the_users_is_brought_and_nothing_is_made_of_it() -> None:
    graph, handoff = built(existing_bucket="theirs")
    assert "bucket" not in graph.nodes
    assert [resource.label for _, resource in graph.existing] == ["theirs"]
    assert handoff.values["Bucket"] == "s3://theirs"
    assert not any("work/" in note for note in duet(existing_bucket="theirs").notes)
    assert any("work/" in note for note in duet().notes)


def test_the_owner_of_a_bucket_of_another_account_gets_the_policy_that_lets_both_roles_in_and_nobody_else() -> None:
    graph, handoff = built(existing_bucket="acme-duet", bucket_owner="210987654321", path="/team/")
    assert "bucket" not in graph.nodes
    assert graph.existing == []
    assert handoff.steps[0].startswith("Send bucket-policies.json to the owner of acme-duet (account 210987654321): ")
    [(bucket, policy)] = json.loads(handoff.files["bucket-policies.json"]).items()
    assert bucket == "acme-duet"
    here = "arn:aws:iam::123456789012:role/team/biomodal-duet"
    assert policy["Statement"].pop() == {  # the person who follows the steps: one file
        "Sid": "biomodalduetvmSendConfig",
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Resource": [f"{BUCKET}/bootstrap/biomodal-duet/nextflow.config"],
        "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]},
    }
    assert {json.dumps(item.pop("Principal")) for item in policy["Statement"]} == {
        json.dumps({"AWS": [f"{here}-vm", f"{here}-batch"]})
    }
    for item in policy["Statement"]:
        item["Sid"] = item["Sid"].removeprefix("biomodalduetvm")
    assert policy == properties("vm-role", existing_bucket="acme-duet")["inline_policies"]["duet-bucket"]
    assert built(existing_bucket="acme-duet", bucket_owner=EXAMPLE.id)[1] == built(existing_bucket="acme-duet")[1]
    assert refusal(bucket_owner="210987654321").startswith(
        "--bucket-owner: it is not clear which bucket belongs to 210987654321"
    )


def test_without_a_key_no_port_is_open_and_session_manager_is_the_way_in() -> None:
    graph, handoff = built()
    assert "key-pair" not in graph.nodes
    assert properties("vm-security-group")["ingress"] == {}
    assert properties("vm")["key_name"] is None
    assert properties("vm-session-manager")["policy_arn"] == "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    assert list(handoff.commands["Log in"][-3:]) == ["--target=@{vm.instance_id}", "--region=us-east-1", OWN_PROFILE]
    assert any("session-manager-plugin" in step for step in handoff.steps)


def test_with_a_key_ssh_comes_in_from_the_named_addresses_only() -> None:
    graph, handoff = built(public_key=KEY, ssh_cidr="203.0.113.77/24")
    assert "vm-session-manager" not in graph.nodes
    assert properties("key-pair", public_key=KEY, ssh_cidr="203.0.113.4")["public_key"] == KEY
    assert graph.nodes["vm-security-group"].resource.properties()["ingress"] == {"tcp 22 203.0.113.0/24": "SSH"}
    assert graph.nodes["vm"].resource.properties()["key_name"] == graph.nodes["key-pair"]["name"]
    assert handoff.commands["Log in"] == ["ssh", "-i", "YOUR_PRIVATE_KEY", "ubuntu@@{elastic-ip.public_ip}"]
    assert properties("batch-security-group", public_key=KEY, ssh_cidr="203.0.113.4")["ingress"] == {}


@pytest.mark.parametrize("key", [{}, {"public_key": KEY, "ssh_cidr": "203.0.113.4"}])
def test_without_a_public_address_there_is_none_to_pay_for_and_session_manager_is_the_way_in(key: dict[str, Any]) -> None:
    graph, handoff = built(public_address=False, **key)
    assert {"elastic-ip", "address"} & set(graph.nodes) == set()
    assert {"elastic-ip", "address"} <= set(built(**key)[0].nodes)
    assert "vm-session-manager" in graph.nodes["vm"].depends_on
    assert ("key-pair" in graph.nodes["vm"].depends_on) == bool(key)
    assert "Public address" not in handoff.values
    assert list(handoff.commands["Log in"][:3]) == ["aws", "ssm", "start-session"]
    assert any("session-manager-plugin" in step for step in handoff.steps)
    assert not any("address (about" in note for note in duet(public_address=False, **key).notes)


@pytest.mark.parametrize("odd", ["'; touch pwned; '", "$(touch pwned)", "-oProxyCommand=x", "a\nb"])
@pytest.mark.parametrize("key", ["", KEY])
def test_the_way_in_is_one_command_whatever_the_state_says_of_the_machine(key: str, odd: str) -> None:
    _, handoff = built(public_key=key, ssh_cidr="203.0.113.4") if key else built()
    filled = Handoff.from_json(handoff.to_json(), lambda address, name: odd)
    line = f"set -- {filled.values['Log in']}; printf '<%s>' \"$@\""
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    meant = f"<ubuntu@{odd}>" if key else f"<--target={odd}><--region=us-east-1>"
    assert ran.stdout.endswith(meant)


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({"public_key": KEY}, "biomodal-duet needs --ssh-cidr"),
        ({"ssh_cidr": "203.0.113.4"}, "biomodal-duet needs --public-key"),
        ({"bucket": None}, "biomodal-duet needs --bucket or --existing-bucket"),
        (
            {"existing_bucket": "theirs", "bucket": "acme-duet"},
            "--bucket creates a bucket and --existing-bucket uses one of yours",
        ),
        ({"min_vcpus": "9", "max_vcpus": "8"}, "--min-vcpus 9 is more than --max-vcpus 8"),
        ({"max_vcpus": "0"}, "--max-vcpus 0 would let no job start: give 1 or more"),
    ],
)
def test_inputs_that_do_not_go_together_are_refused(given: dict[str, Any], needed: str) -> None:
    assert refusal(**given).startswith(needed)


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "::/0"])
def test_the_whole_internet_is_let_in_only_by_name_and_with_a_warning(cidr: str) -> None:
    warning = "--ssh-cidr lets the whole internet try to log in."
    assert warning in duet(public_key=KEY, ssh_cidr=cidr).notes
    assert warning not in duet(public_key=KEY, ssh_cidr="203.0.113.4").notes


def test_half_of_the_internet_is_a_warning_too() -> None:
    assert "--ssh-cidr lets 2,147,483,648 addresses try to log in." in duet(public_key=KEY, ssh_cidr="128.0.0.0/1").notes
    assert not any("--ssh-cidr" in note for note in duet(public_key=KEY, ssh_cidr="10.0.0.0/8").notes)


def test_there_are_queues_for_spot_and_on_demand_or_for_the_latter_only() -> None:
    both, one = built()[0], built(spot=False)[0]
    assert set(both.nodes) - set(one.nodes) == {"spot-service-role", "spot-environment", "spot-queue"}
    assert properties("spot-environment")["compute_type"] == "SPOT"
    assert properties("on-demand-environment")["compute_type"] == "EC2"
    for kind in ("spot", "on-demand"):
        environment = both.nodes[f"{kind}-environment"]
        assert environment.resource.properties()["launch_template_version"] == both.nodes["launch-template"]["version"]
        assert both.nodes[f"{kind}-queue"].resource.properties()["compute_environments"] == [environment["arn"]]


def test_inputs_reach_what_they_are_for() -> None:
    given = {
        "instance_type": ["m6i.4xlarge", "optimal"],
        "min_vcpus": "4",
        "max_vcpus": "64",
        "batch_disk": "900",
        "vm_disk": "50",
        "vm_instance_type": "m6i.large",
        "image": "amazon-linux-2023",
    }
    environment = properties("on-demand-environment", **given)
    assert (environment["min_vcpus"], environment["max_vcpus"]) == (4, 64)
    assert environment["instance_types"] == ["m6i.4xlarge", "optimal"]
    assert environment["subnets"] == SUBNETS
    assert properties("launch-template", **given)["root_volume_gb"] == 900
    vm = properties("vm", **given)
    assert (vm["subnet"], vm["root_volume_gb"], vm["instance_type"]) == (SUBNETS[0], 50, "m6i.large")
    assert vm["image"] == "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    assert vm["root_device"] == "/dev/xvda"
    assert "dnf install" in vm["user_data"]


def test_roles_and_all_that_machines_use_go_only_after_the_environments() -> None:
    graph = built()[0]
    order = ordered({address: node.depends_on for address, node in graph.nodes.items()})
    before = {"batch-role", "batch-ecs", "batch-profile", "batch-security-group", "launch-template", "batch-service-role"}
    for kind in ("spot", "on-demand"):
        environment = graph.nodes[f"{kind}-environment"]
        assert before <= set(environment.depends_on)
        assert graph.nodes[f"{kind}-queue"].depends_on == ("bucket", environment.address)
        assert all(order.index(address) < order.index(environment.address) for address in before)
    assert "spot-service-role" in graph.nodes["spot-environment"].depends_on
    assert {"vm-role", "vm-profile", "vm-session-manager", "vm-security-group"} <= all_before(graph, "vm")
    assert "bucket" in all_before(graph, "vm") & all_before(graph, "spot-queue")


def test_the_machine_and_batch_do_not_wait_for_each_other() -> None:
    graph = built()[0]
    assert all_before(graph, "address") & all_before(graph, "spot-queue") == {"bucket"}


def all_before(graph: Graph, address: str) -> set[str]:
    needs = set(graph.nodes[address].depends_on)
    return needs.union(*(all_before(graph, each) for each in needs))


# What is handed over, and said


def test_the_configuration_for_nextflow_is_for_these_queues_and_this_bucket() -> None:
    both, alone = built()[1].files["nextflow.config"], built(spot=False)[1].files["nextflow.config"]
    assert both == nextflow_config("us-east-1", "acme-duet", duet().queues, f"@{{vm.{first_boot.PINNED}}}")
    assert "'biomodal-duet-spot'" in both
    assert "'biomodal-duet-spot'" not in alone


def test_costs_and_the_ceiling_are_said_with_a_date_and_as_no_quote() -> None:
    idle, ceiling = [note for note in duet(max_vcpus="100", min_vcpus="2").notes if "vCPUs" in note]
    assert "the VM (t3.large" in idle
    assert "the public address" in idle
    assert "4 vCPUs that Batch keeps running" in idle
    assert "in January 2025, not a quote" in idle
    assert "up to 200 vCPUs at once (100 in each of 2 queues;" in ceiling
    assert not any("Batch keeps running" in note for note in duet().notes)


def test_the_version_of_nextflow_is_in_the_plan_the_hand_off_and_the_state() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, first_boot.NEXTFLOW),
        ({"nextflow_version": "v24.10.9"}, "24.10.9"),
    )
    for given, version in cases:
        wanted = duet(**given)
        assert wanted.to_json()["nextflow_version"] == version
        assert any(f"Nextflow {version}" in note for note in wanted.notes)
        graph, handoff = built(**given)
        assert handoff.values["Nextflow"].startswith(f"@{{vm.{first_boot.PINNED}}} ")
        assert graph.nodes["vm"].resource.creation_facts() == {first_boot.PINNED: version}
        assert f"NXF_VER={version} " in graph.nodes["vm"].resource.properties()["user_data"]


@pytest.mark.parametrize(
    ("given", "noted"),
    [
        ({}, "The key belongs to account 999988887777, which must also allow that: it should add to the key's policy: "),
        (
            {"kms_key": (THEIR_KEY.replace("999988887777", EXAMPLE.id),)},
            "AWS's default policy for keys does; to another policy, add: ",
        ),
        ({"public_key": KEY, "ssh_cidr": "203.0.113.4/32"}, ""),
        ({"kms_key": (f"elsewhere={THEIR_KEY}",), "read_bucket": ("elsewhere",)}, ""),
        ({"bucket": "acme-duet", "existing_bucket": None, "bucket_owner": None}, ""),
    ],
    ids=[
        "a foreign key",
        "a key of the account",
        "SSH sends it to the VM itself",
        "a bucket that is only read",
        "our bucket",
    ],
)
def test_the_policy_of_the_key_must_let_the_person_in_who_sends_the_file(given: dict[str, Any], noted: str) -> None:
    theirs = {"bucket": None, "existing_bucket": "acme-duet", "bucket_owner": "999988887777", "kms_key": (THEIR_KEY,)}
    _, handoff = built(**{**theirs, **given})
    said = [
        step
        for step in handoff.steps
        if step.startswith("Whoever sends nextflow.config must be allowed to use the KMS key ")
    ]
    assert len(said) == bool(noted)
    for step in said:
        text, statement = step.split(noted)
        assert text.endswith(" through S3 (kms:GenerateDataKey). ") or "The key's own policy must also allow that. " in text
        assert json.loads(statement) == {
            "Sid": "biomodalduetvmSendConfig",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{EXAMPLE.id}:root"},
            "Action": ["kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": ["s3.us-east-1.amazonaws.com"]}},
        }


def test_a_version_without_a_known_checksum_is_said_to_be_so_in_the_plan() -> None:
    said = {
        version: "knows no checksum" in " ".join(duet(nextflow_version=version).notes) for version in ("25.10.7", "25.10.6")
    }
    assert said == {"25.10.7": False, "25.10.6": True}


@pytest.mark.parametrize("image", ["ubuntu-24.04", "ubuntu-22.04", "amazon-linux-2023"])
def test_the_vm_installs_what_the_vendor_lists(image: str) -> None:
    script = properties("vm", image=image)["user_data"]
    assert script.startswith("#!/bin/bash\n")
    assert len(script) < 16_384
    for word in ("-21-", "docker", "ca-certificates", "gnupg", "wget", "unzip", "nextflow"):
        assert word in script, word


def test_batchs_machines_get_a_script_in_a_form_that_batch_can_add_to() -> None:
    message = email.message_from_string(first_boot.batch_user_data())
    assert message.get_content_type() == "multipart/mixed"
    [part] = [part for part in message.walk() if not part.is_multipart()]
    assert part.get_content_type() == "text/x-shellscript"
    assert str(part.get_payload()).startswith("#!/bin/bash\n")
    assert "aws/install" in str(part.get_payload())


def test_a_bucket_of_another_region_is_refused_with_both_regions(scope: MakeScope) -> None:
    elsewhere = {"LocationConstraint": "eu-west-1"}
    scope("eu-west-1").client("s3").create_bucket(Bucket="far-away", CreateBucketConfiguration=elsewhere)
    scope().client("s3").create_bucket(Bucket="near")
    with pytest.raises(PlanRefused, match="far-away is in eu-west-1, but the instances would be in us-east-1"):
        duet(existing_bucket="far-away").resolve_lookups({DEFAULT: scope().account}, scope().read)
    for name in ("near", "missing"):  # one that is not there is told later, with all that is missing
        assert (
            duet(existing_bucket=name, subnet=[], vpc=None).resolve_lookups({DEFAULT: scope().account}, scope().read).subnet
        )


def test_the_operator_may_make_every_call_that_looks_for_the_network(scope: MakeScope, cloud: Wire) -> None:
    granted = {
        action for item in statements(needs_of_integration(duet(), {DEFAULT: EXAMPLE}, "test")) for action in item["Action"]
    }
    with cloud.recorded() as calls:
        duet(subnet=[], vpc=None).resolve_lookups({DEFAULT: scope().account}, scope().read)
        found = duet(subnet=[], vpc=None).resolve_lookups({DEFAULT: scope().account}, scope().read)
        duet(subnet=list(found.subnet), vpc=found.vpc).resolve_lookups({DEFAULT: scope().account}, scope().read)
    assert {call.name.replace(".", ":") for call in calls} <= granted


def test_roles_are_passed_by_their_names_and_not_at_will() -> None:
    role = "arn:aws:iam::123456789012:role/biomodal-duet-"
    passed = {
        (arn.removeprefix(role), service)
        for item in statements(needs_of_integration(duet(), {DEFAULT: EXAMPLE}, "test"))
        if "iam:PassRole" in item["Action"]
        for arn in item["Resource"]
        for service in item["Condition"]["StringEquals"]["iam:PassedToService"]
    }
    of_ec2 = {(name, f"ec2.amazonaws.com{end}") for name in ("vm", "batch") for end in ("", ".cn")}
    assert passed == {*of_ec2, ("batch", "batch.amazonaws.com")}


@pytest.mark.parametrize("image", ["ubuntu", "amazon"])
def test_a_machine_that_gets_any_answer_at_its_first_start_waits_no_longer(image: str, tmp_path: Path) -> None:
    """The address that is asked has no page: AWS may answer 403, which curl takes for a failure when it is told to."""
    [loop] = [line for line in first_boot.vm_user_data(image, "25.10.7", "me").splitlines() if line.startswith("for _ in")]
    for name, does in {"curl": 'case " $* " in *" -f"*) exit 22;; esac', "sleep": "echo slept"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    ran = subprocess.run(["/bin/bash", "-c", loop], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert ran.stdout == ""
