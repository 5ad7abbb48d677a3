"""The printed commands, run in a shell with programs that only say how they were called."""

import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bootstrap.contract.authorization import Check, allowed
from bootstrap.core import commands
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import OWN_PROFILE, Handoff, own
from bootstrap.engine.graphs import build_graph
from bootstrap.integrations.biomodal import login
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from bootstrap.permissions.operator import Need, needs_of_integration, of_verb
from bootstrap.permissions.operator_policy import policies

INSTANCE, ADDRESS = "i-0123456789abcdef0", "203.0.113.9"
SESSION = login.with_session_manager("ubuntu", INSTANCE, "eu-west-1", "acme-duet", "lab")
SSH = login.with_ssh("ec2-user", ADDRESS)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    for name in ("aws", "scp", "ssh", "tmux"):
        (folder / name).write_text('#!/bin/sh\nfor word in "${0##*/}" "$@"; do printf "%s\\n" "$word"; done\n')
        (folder / name).chmod(0o755)
    return folder


def called(programs: Path, words: login.Words) -> list[str]:
    line = commands.quoted(*words)
    ran = subprocess.run(["/bin/sh", "-c", line], env={"PATH": str(programs)}, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


def test_a_session_ends_as_the_user_who_has_a_home_and_may_use_docker(programs: Path) -> None:
    program, service, verb, document, parameters, *rest = called(programs, SESSION[login.LOG_IN])
    assert (program, service, verb) == ("aws", "ssm", "start-session")
    assert document == "--document-name=AWS-StartInteractiveCommand"
    assert parameters == "--parameters=command=sudo -iu ubuntu"
    assert rest == [f"--target={INSTANCE}", "--region=eu-west-1", OWN_PROFILE]


@pytest.mark.parametrize(
    ("flags", "profile"),
    [
        ((), None),
        (("--profile", "my lab"), "my lab"),
        (("--profile=-lab",), "-lab"),
        (("--profile", "--profile"), "--profile"),
    ],
)
def test_what_runs_on_the_persons_own_machine_names_their_profile_and_what_runs_on_the_vm_does_not(
    flags: tuple[str, ...], profile: str | None, programs: Path
) -> None:
    handoff = Handoff.from_json(Handoff({}, commands=SESSION).to_json(), lambda *_: None, flags)
    for label in (login.SEND, login.LOG_IN, login.FETCH):
        words = called(programs, shlex.split(handoff.values[label]))
        assert commands.option_value("--profile", words) == (profile if label != login.FETCH else None)
        assert not [word for word in words if "@{" in word]


def test_in_the_sandbox_no_command_is_printed_that_would_reach_aws_if_it_is_pasted(programs: Path) -> None:
    values = Handoff.from_json(Handoff({}, commands=SESSION).to_json(), lambda *_: None, ["--sandbox"]).values
    for label in (login.SEND, login.LOG_IN, login.FETCH):
        assert values[label].startswith("(not in the sandbox; in AWS: aws ")
        ran = subprocess.run(["/bin/sh", "-c", values[label]], env={"PATH": str(programs)}, capture_output=True, text=True)
        assert (ran.returncode != 0, ran.stdout) == (True, "")


def test_without_ssh_the_file_goes_through_the_bucket_and_does_not_stay_there(programs: Path) -> None:
    place = "s3://acme-duet/bootstrap/lab/nextflow.config"
    assert called(programs, SESSION[login.SEND])[1:5] == ["s3", "cp", "handoff/nextflow.config", place]
    assert called(programs, SESSION[login.FETCH])[1:5] == ["s3", "mv", place, "nextflow.config"]


def test_with_ssh_the_file_is_copied_to_the_machine_itself(programs: Path) -> None:
    assert called(programs, SSH[login.SEND])[-2:] == ["handoff/nextflow.config", f"ec2-user@{ADDRESS}:"]
    assert called(programs, SSH[login.LOG_IN])[-1] == f"ec2-user@{ADDRESS}"
    assert login.FETCH not in SSH


@pytest.mark.parametrize(("ways", "user"), [(SESSION, "ubuntu"), (SSH, "ec2-user")])
def test_the_steps_name_each_command_once_it_is_needed_and_in_order(ways: login.Ways, user: str) -> None:
    text = "\n".join(login.steps(ways, user))
    places = [text.index(f'"{label}"') for label in ways]
    assert places == sorted(places)
    assert f"You are then {user}" in text
    assert ("session-manager-plugin" in text) == (login.FETCH in ways)
    assert own("write") in text


@pytest.mark.parametrize("ways", [SESSION, SSH])
def test_a_run_outlives_the_connection_and_the_same_command_comes_back_to_it(ways: login.Ways, programs: Path) -> None:
    assert called(programs, ways[login.RUN]) == ["tmux", "new-session", "-A", "-s", "duet"]


# What it takes of the person

KEY, ALIAS = (f"arn:aws:kms:us-east-1:{EXAMPLE.id}:{name}" for name in ("key/1", "alias/acme"))
BUCKETS: Mapping[str, dict[str, Any]] = {
    "a new bucket": {"bucket": "acme-duet"},
    "a new bucket, beside a read one with a key": {
        "bucket": "acme-duet",
        "read_bucket": ["refs"],
        "kms_key": [KEY, f"refs={KEY}"],
    },
    "one with a key": {"existing_bucket": "acme-duet", "kms_key": [f"acme-duet={KEY}"]},
    "one with a key without a bucket's name": {"existing_bucket": "acme-duet", "kms_key": [KEY]},
    "one with an alias": {"existing_bucket": "acme-duet", "kms_key": [f"acme-duet={ALIAS}"]},
    "one of another account": {"existing_bucket": "acme-duet", "bucket_owner": "210987654321"},
    "a key, but no public address": {
        "bucket": "acme-duet",
        "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPMLvJvQvDjRvJm2tQTbbOhgIBkW0Vfb1yZbnCmHz3zQ",
        "ssh_cidr": "203.0.113.4/32",
        "public_address": False,
    },
}


def asked(given: Mapping[str, Any]) -> list[Need]:
    return of_verb(needs_of_integration(from_inputs(BiomodalDuet, given), {DEFAULT: EXAMPLE}, "lab"), "handoff")


def checks(
    given: Mapping[str, Any], deployment: str = "lab", vm: str = "vm", session: str = "${aws:userid}"
) -> Iterator[Check]:
    """What AWS checks when these printed commands run; the variable stands for whoever that is."""
    _, handoff = build_graph(from_inputs(BiomodalDuet, given), [EXAMPLE])
    here = f"us-east-1:{EXAMPLE.id}"
    for words in handoff.commands.values():
        options = dict(word.split("=", 1) for word in words if word.startswith("--") and "=" in word)
        if list(words[:3]) == ["aws", "ssm", "start-session"]:
            tags = {"deployment": deployment, "address": vm}
            of_vm = tuple((f"ssm:resourceTag/bootstrap:{name}", value) for name, value in tags.items())
            yield Check("ssm:StartSession", f"arn:aws:ec2:{here}:instance/{INSTANCE}", of_vm)
            yield Check("ssm:StartSession", f"arn:aws:ssm:us-east-1::document/{options['--document-name']}")
            yield Check("ssmmessages:OpenDataChannel", "*")
            of_session = (("ssm:resourceTag/aws:ssmmessages:session-id", session),)
            for action in ("ssm:ResumeSession", "ssm:TerminateSession"):
                yield Check(action, f"arn:aws:ssm:{here}:session/ann-0a1b2c3d", of_session)
        if list(words[:3]) == ["aws", "s3", "cp"]:
            yield Check("s3:PutObject", f"arn:aws:s3:::{words[4].removeprefix('s3://')}")
            if "existing_bucket" in given and "kms_key" in given:
                through = (("kms:ViaService", "s3.us-east-1.amazonaws.com"), ("kms:ResourceAliases", "alias/acme"))
                yield Check("kms:GenerateDataKey", KEY, through)


@pytest.mark.parametrize("given", BUCKETS.values(), ids=BUCKETS)
def test_the_policy_for_the_hand_off_allows_just_what_its_commands_do(given: dict[str, Any]) -> None:
    needs, made = asked(given), set(checks(given))
    documents = policies(needs)[DEFAULT]
    assert [str(check) for check in made if not allowed(check, documents)] == []
    assert {need.action for need in needs} == {check.action for check in made}
    for need in needs:
        less = policies(each for each in needs if each != need)[DEFAULT]
        assert {check.action for check in made if not allowed(check, less)} == {need.action}


@pytest.mark.parametrize("other", [{"deployment": "theirs"}, {"vm": "batch"}, {"session": "AROA1:ben"}], ids=str)
def test_it_allows_no_other_machine_and_no_session_of_somebody_else(other: dict[str, str]) -> None:
    given = BUCKETS["a new bucket"]
    documents = policies(asked(given))[DEFAULT]
    changed = set(checks(given, **other)) - set(checks(given))
    assert changed
    assert not [str(check) for check in changed if allowed(check, documents)]


def test_it_allows_to_write_no_other_object() -> None:
    documents = policies(asked(BUCKETS["a new bucket"]))[DEFAULT]
    for key in ("nextflow.config", "work/1", "bootstrap/biomodal-duet/nextflow.config2"):
        assert not allowed(Check("s3:PutObject", f"arn:aws:s3:::acme-duet/{key}"), documents)


def test_with_ssh_it_takes_nothing_and_nothing_of_it_is_in_what_the_operator_needs() -> None:
    key = {name: BUCKETS["a key, but no public address"][name] for name in ("bucket", "public_key", "ssh_cidr")}
    assert asked(key) == []
    everything = needs_of_integration(from_inputs(BiomodalDuet, BUCKETS["a new bucket"]), {DEFAULT: EXAMPLE}, "lab")
    assert "ssm:StartSession" not in {need.action for need in of_verb(everything, "all")}
