"""Whatever is wrong: one clear error, what to do about it, the right exit code, no traceback, and nothing was changed."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import STATE, VPC, Bootstrap
from tests.support.corpus import FILES, LINES, Case
from tests.support.corpus_settings import SETTINGS
from tests.support.corpus_states import EDITED, STATES, edited
from tests.support.refusals import Refused, refusing, there
from tests.support.wire import Wire

CASES = {**LINES, **FILES, **SETTINGS}
TAKES_A_WORD = "an option without its value"  # and would take --json for it
ASKS_AWS = [f"create {VPC} --yes", f"plan {VPC}", "destroy --yes", "destroy --dry-run", "status"]
READS_STATE = [*ASKS_AWS, "outputs", "state show"]


@pytest.fixture
def refused(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> Refused:
    return refusing(bootstrap, cloud, tmp_path)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_wrong_is_refused(
    case: Case, refused: Refused, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    there(case.files, case.environment, monkeypatch)
    told = refused(case.line, *case.words, code=case.code, with_json=case is not LINES[TAKES_A_WORD])
    assert case.told in told
    assert case.advice in told


def test_an_inputs_file_that_cannot_be_read(refused: Refused) -> None:
    Path("folder").mkdir()
    assert "--inputs: cannot read folder: Is a directory" in refused(f"create {VPC} --inputs folder --yes", code=64)
    assert "--inputs: cannot read in.toml: No such file" in refused(f"create {VPC} --inputs in.toml --yes", code=64)


def test_a_file_name_that_cannot_be_one(refused: Refused) -> None:
    Path("in.toml").write_text('trusted_entity = "\\u0000"\nbucket = ["raw-data"]')
    told = refused("create --integration upsolver-data-access --inputs in.toml --yes", code=64)
    assert "--trusted-entity: cannot read" in told


@pytest.mark.parametrize(("content", "told"), STATES.values(), ids=STATES)
def test_a_state_that_cannot_be_used(content: bytes, told: str, refused: Refused) -> None:
    there({str(STATE): content}, {}, pytest.MonkeyPatch())
    for verb in READS_STATE:
        error = refused(verb, code=1, with_json=verb == "status")
        assert str(STATE) in error
        assert told in error


def test_a_state_that_is_not_spoilt_is_used(bootstrap: Bootstrap) -> None:
    """So that the cases here fail for what they say."""
    STATE.parent.mkdir()
    STATE.write_bytes(edited())
    assert bootstrap("destroy --yes").code == 0


def test_a_newer_state_asks_for_a_newer_version(refused: Refused) -> None:
    STATE.parent.mkdir()
    STATE.write_bytes(edited(schema=2))
    assert "upgrade bootstrap" in refused("status", code=1)


@pytest.mark.parametrize(("content", "told"), EDITED.values(), ids=EDITED)
def test_a_record_that_cannot_be_brought_back(content: bytes, told: str, refused: Refused) -> None:
    STATE.parent.mkdir()
    STATE.write_bytes(content)
    for verb in ASKS_AWS:
        assert told in refused(verb, code=1, with_json=False)


def test_a_state_that_is_a_folder(refused: Refused) -> None:
    STATE.mkdir(parents=True)
    for verb in READS_STATE:
        assert "it is not a regular file" in refused(verb, code=1)


def test_a_state_that_is_a_pipe(refused: Refused) -> None:
    STATE.parent.mkdir()
    os.mkfifo(STATE)
    for verb in READS_STATE:
        assert "it is not a regular file" in refused(verb, code=1)


def test_a_state_that_is_a_link(refused: Refused, tmp_path: Path) -> None:
    Path("elsewhere.json").write_bytes(edited())
    STATE.parent.mkdir()
    STATE.symlink_to(tmp_path / "elsewhere.json")
    for verb in READS_STATE:
        assert "it is a symbolic link; name the file itself" in refused(verb, code=1)


def test_a_folder_of_states_that_is_a_file(refused: Refused) -> None:
    Path(".bootstrap").write_text("taken")
    assert "Not a directory" in refused(f"create {VPC} --yes", code=1)


def test_bad_states_are_listed_beside_the_good(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    Path(".bootstrap/bad.json").write_text("{")
    Path(".bootstrap/no name.json").write_text("{")
    ran = bootstrap("state list")
    assert ran.code == 0
    assert "bad           .bootstrap/bad.json is not a complete state file" in ran.out
    assert [row["deployment"] for row in bootstrap("state list --json").json] == ["bad", "upsolver-vpc"]
    assert bootstrap("status --name upsolver-vpc --detailed-exitcode").code == 0


def test_destroy_does_not_take_the_copy_of_a_state_for_another_deployment(refused: Refused) -> None:
    """Whoever types the name of the copy does not mean the one that it was copied from."""
    STATE.parent.mkdir()
    STATE.with_name("copy.json").write_bytes(edited())
    told = refused("destroy --name copy --yes", code=1)
    assert "holds the deployment 'upsolver-vpc', not 'copy'" in told
    assert "bootstrap destroy --state .bootstrap/copy.json" in told


def test_what_is_advised_for_the_copy_of_a_state_in_the_sandbox_stays_in_the_sandbox(here: Bootstrap) -> None:
    create = f"create {VPC} --sandbox --yes"
    assert here(create).code == 0
    state = Path(".bootstrap/sandbox/deployments/upsolver-vpc.json")
    copy = state.with_name("copy.json")
    copy.write_bytes(state.read_bytes())
    told = here("destroy --name copy --sandbox --yes").err
    assert "To destroy that one, run: bootstrap destroy --name upsolver-vpc --sandbox\n" in told
    state.unlink()
    told = here("destroy --name copy --sandbox --yes").err
    move, _, command = told.strip().rpartition("run: ")[2].partition(" && bootstrap ")
    assert move == f"mv {copy} {state}"
    copy.rename(state)
    assert here(f"{command} --yes").code == 0


def test_what_is_advised_for_the_copy_of_a_state_has_the_options_that_were_given(bootstrap: Bootstrap) -> None:
    STATE.parent.mkdir()
    STATE.with_name("copy.json").write_bytes(edited())
    told = bootstrap("destroy --name copy --yes --region us-east-1 --profile work").err
    assert "bootstrap destroy --state .bootstrap/copy.json --profile work --region us-east-1\n" in told


def test_a_server_file_of_the_sandbox_with_a_port_that_there_is_none_of_is_no_server(in_process: Bootstrap) -> None:
    content = b'{"url": "http://127.0.0.1:99999", "pid": 1, "token": "%s", "started": ""}' % (b"0" * 64)
    there({".bootstrap/sandbox/server.json": content}, {}, pytest.MonkeyPatch())
    assert in_process("sandbox status").out == "The sandbox does not run.\n"


@pytest.mark.parametrize("json_", ["", " --json"])
def test_debug_shows_where_it_happened_and_then_the_error(json_: str, bootstrap: Bootstrap) -> None:
    ran = bootstrap("status --debug" + json_)
    assert ran.code == 1
    assert "Traceback (most recent call last)" in ran.err
    assert "there is no deployment in this folder" in (ran.objects[-1]["message"] if json_ else ran.err.splitlines()[-2])
