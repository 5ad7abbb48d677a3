"""The printed commands, run in a shell with programs that only say how they were called."""

import shlex
import subprocess
from pathlib import Path

import pytest

from bootstrap.core import commands
from bootstrap.core.integration import OWN_PROFILE, Handoff, own
from bootstrap.integrations import biomodal_way_in as way_in

INSTANCE, ADDRESS = "i-0123456789abcdef0", "203.0.113.9"
SESSION = way_in.with_session_manager("ubuntu", INSTANCE, "eu-west-1", "acme-duet", "lab")
SSH = way_in.with_ssh("ec2-user", ADDRESS)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    for name in ("aws", "scp", "ssh", "tmux"):
        (folder / name).write_text('#!/bin/sh\nfor word in "${0##*/}" "$@"; do printf "%s\\n" "$word"; done\n')
        (folder / name).chmod(0o755)
    return folder


def called(programs: Path, words: way_in.Words) -> list[str]:
    line = commands.typed(*words)
    ran = subprocess.run(["/bin/sh", "-c", line], env={"PATH": str(programs)}, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


def test_a_session_ends_as_the_user_who_has_a_home_and_may_use_docker(programs: Path) -> None:
    program, service, verb, document, parameters, *rest = called(programs, SESSION[way_in.LOG_IN])
    assert (program, service, verb) == ("aws", "ssm", "start-session")
    assert document == "--document-name=AWS-StartInteractiveCommand"
    assert parameters == "--parameters=command=sudo -iu ubuntu"
    assert rest == [f"--target={INSTANCE}", "--region=eu-west-1", OWN_PROFILE]


@pytest.mark.parametrize(
    ("flags", "profile"),
    [((), []), (("--profile", "my lab"), ["--profile=my lab"]), (("--profile=-lab",), ["--profile=-lab"])],
)
def test_what_runs_on_the_persons_own_machine_names_their_profile_and_what_runs_on_the_vm_does_not(
    flags: tuple[str, ...], profile: list[str], programs: Path
) -> None:
    handoff = Handoff.from_json(Handoff({}, commands=SESSION).to_json(), lambda *_: None, flags)
    for label in (way_in.SEND, way_in.LOG_IN, way_in.FETCH):
        words = called(programs, shlex.split(handoff.values[label]))
        assert [word for word in words if word.startswith("--profile")] == (profile if label != way_in.FETCH else [])
        assert not [word for word in words if "@{" in word]


def test_without_ssh_the_file_goes_through_the_bucket_and_does_not_stay_there(programs: Path) -> None:
    place = "s3://acme-duet/bootstrap/lab/nextflow.config"
    assert called(programs, SESSION[way_in.SEND])[1:5] == ["s3", "cp", "handoff/nextflow.config", place]
    assert called(programs, SESSION[way_in.FETCH])[1:5] == ["s3", "mv", place, "nextflow.config"]


def test_with_ssh_the_file_is_copied_to_the_machine_itself(programs: Path) -> None:
    assert called(programs, SSH[way_in.SEND])[-2:] == ["handoff/nextflow.config", f"ec2-user@{ADDRESS}:"]
    assert called(programs, SSH[way_in.LOG_IN])[-1] == f"ec2-user@{ADDRESS}"
    assert way_in.FETCH not in SSH


@pytest.mark.parametrize(("ways", "user"), [(SESSION, "ubuntu"), (SSH, "ec2-user")])
def test_the_steps_name_each_command_once_it_is_needed_and_in_order(ways: way_in.Ways, user: str) -> None:
    text = "\n".join(way_in.steps(ways, user))
    places = [text.index(f'"{label}"') for label in ways]
    assert places == sorted(places)
    assert f"you are {user}" in text
    assert ("session-manager-plugin" in text) == (way_in.FETCH in ways)
    assert own("write") in text


@pytest.mark.parametrize("ways", [SESSION, SSH])
def test_a_run_outlives_the_connection_and_the_same_command_comes_back_to_it(ways: way_in.Ways, programs: Path) -> None:
    assert called(programs, ways[way_in.RUN]) == ["tmux", "new-session", "-A", "-s", "duet"]
