"""A state that somebody else wrote to: it is said, nothing is changed from it unasked, and it chooses nobody to act as."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.state import LAST
from bootstrap.core.state_json import from_json
from tests.cli.conftest import INPUTS, STATE, VPC, Bootstrap, sealed, tree, writes
from tests.cli.test_two_accounts import ATC, CREATE as CREATE_ATC, ENTRANCE, S3, STATE as STATE_ATC, trust
from tests.conftest import MakeScope
from tests.support.wire import Wire

CREATE = f"create {VPC} --yes"
EDITED = "was edited since bootstrap last wrote it"
THEIRS = "999999999999"
EVIL = f"arn:aws:iam::{THEIRS}:role/OrganizationAccountAccessRole"
Edit = Callable[[dict[str, Any]], None]
Used = Callable[[], set[str]]


def edit(path: Path, change: Edit, *, as_ours: bool = False) -> None:
    """Writes to a state; `as_ours` with the digest that it should have then."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(sealed(content) if as_ours else json.dumps(content, indent=2))


def set_in(*keys: str, to: Any) -> Edit:
    def change(content: dict[str, Any]) -> None:
        place = content
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to

    return change


def all_of(*changes: Edit) -> Edit:
    def change(content: dict[str, Any]) -> None:
        for each in changes:
            each(content)

    return change


def external_id(to: str) -> Edit:
    return set_in("inputs", "external_id", to=to)


@pytest.fixture
def used(sessions: dict[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Used]:
    """Profiles of a user, and what says whose credentials were fetched since it was last asked."""
    keys = '{"Version": 1, "AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "secret"}'
    names = ("mine", "cluster", "buckets", "powerful")
    home = tmp_path.with_name(f"{tmp_path.name}-home")
    home.mkdir()
    for name in names:
        (home / f"{name}.sh").write_text(f"echo {name} >> {home}/used\necho '{keys}'\n")
    config = "".join(f"[profile {name}]\ncredential_process = sh {home}/{name}.sh\n" for name in names)
    (home / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{home}/config")
    kept = dict(sessions)

    def since() -> set[str]:
        sessions.clear()  # they remember credentials
        text = (home / "used").read_text() if (home / "used").exists() else ""
        (home / "used").unlink(missing_ok=True)
        return set(text.split())

    since()
    yield since
    sessions.clear()
    sessions.update(kept)


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """The state of a create, for tests in which nothing of what it made is looked at."""
    return {}


def created_before(bootstrap: Bootstrap, written: dict[str, str]) -> None:
    if "state" not in written:
        assert bootstrap(CREATE).code == 0
        written["state"] = STATE.read_text()
    STATE.parent.mkdir(mode=0o700, exist_ok=True)
    STATE.write_text(written["state"])


@pytest.fixture
def cluster(scope: MakeScope) -> None:
    trust(scope().client("iam"), {"Service": "ec2.amazonaws.com"})


# Whom the state would have us act as

AS_SOMEBODY: dict[str, Edit] = {
    "a profile": set_in("sign_ins", "default", to={"profile": "powerful", "role_arn": None}),
    "a role of another account": set_in("sign_ins", "default", to={"profile": None, "role_arn": EVIL}),
    "a role of an account that the state names too": all_of(
        set_in("sign_ins", "default", to={"profile": None, "role_arn": EVIL}),
        set_in("accounts", "default", "id", to=THEIRS),
        set_in("records", to=[]),
    ),
    "an account more": all_of(
        set_in("accounts", "other", to={"alias": "other", "id": THEIRS, "partition": "aws", "region": "us-east-1"}),
        set_in("sign_ins", "other", to={"profile": "powerful", "role_arn": EVIL}),
    ),
}


@pytest.mark.parametrize("as_ours", [False, True], ids=["edited", "edited with its digest"])
@pytest.mark.parametrize("change", AS_SOMEBODY.values(), ids=AS_SOMEBODY)
@pytest.mark.parametrize("verb", ["status", "destroy --yes", "destroy --dry-run", "state import role --yes"])
def test_a_state_that_names_whom_to_act_as_is_refused_before_anybody_signs_in(
    verb: str,
    change: Edit,
    as_ours: bool,
    bootstrap: Bootstrap,
    cloud: Wire,
    used: Used,
    tmp_path: Path,
    written: dict[str, str],
) -> None:
    created_before(bootstrap, written)
    edit(STATE, all_of(change, lambda content: content["records"].clear()), as_ours=as_ours)
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        ran = bootstrap(verb)
    assert ran.code == 1
    assert "it says: sign in to account " in ran.err
    assert "Nobody was signed in" in ran.err
    assert (calls, used()) == ([], set())
    assert tree(tmp_path) == before


def test_a_way_in_of_an_integration_that_nobody_knows_is_not_taken(bootstrap: Bootstrap, cloud: Wire, used: Used) -> None:
    assert bootstrap(CREATE).code == 0
    edit(STATE, all_of(AS_SOMEBODY["a profile"], set_in("integration", to="unknown")), as_ours=True)
    with cloud.recorded() as calls:
        ran = bootstrap("status")
    assert "this version does not know how accounts of unknown are reached" in ran.err
    assert (ran.code, calls, used()) == (1, [], set())


@pytest.mark.parametrize("as_ours", [False, True])
def test_what_the_user_names_goes_over_the_state(as_ours: bool, bootstrap: Bootstrap, cloud: Wire, used: Used) -> None:
    assert bootstrap(CREATE).code == 0
    edit(STATE, AS_SOMEBODY["a profile"], as_ours=as_ours)
    for words in ("--profile mine", "--sign-in default=mine"):
        ran = bootstrap(f"status {words}")
        assert ran.code == 0, ran.err
        assert used() == {"mine"}
    assert (
        "The state names the profile powerful for account default; --profile mine is used."
        in bootstrap("status --profile mine").err
    )


def test_the_profiles_of_the_create_are_used_by_destroy_and_shown(
    bootstrap: Bootstrap, cluster: None, used: Used, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = "create --integration aspera-atc --bucket acme-in --external-id ext-1 --yes"
    made = bootstrap(f"{create} --cluster-profile cluster --s3-profile buckets")
    assert made.code == 0, made.err
    assert "From the state: sign in" not in made.err
    used()
    shown = "From the state: sign in to account s3 (123456789012) with the profile buckets, and not with"
    assert f"{shown} the keys of AWS_ACCESS_KEY_ID.\n" in bootstrap("status").err
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    for line in ("status", create, "destroy --yes"):
        ran = bootstrap(line)
        assert ran.code == 0, ran.err
        assert f"{shown} that of AWS_PROFILE (mine).\n" in ran.err
        assert ran.err.index(shown) < ran.err.index("AWS account (cluster)")
    assert used() <= {"cluster", "buckets"}


@pytest.mark.parametrize("line", ["status", f"plan {ATC}", "destroy --yes"])
def test_the_profile_of_the_run_goes_over_all_that_the_state_names(
    line: str, bootstrap: Bootstrap, cluster: None, used: Used
) -> None:
    made = bootstrap(
        "create --integration aspera-atc --bucket acme-in --external-id ext-1 --yes "
        "--cluster-profile powerful --s3-profile powerful"
    )
    assert made.code == 0, made.err
    used()
    line = line.replace(f" {ATC}", " --integration aspera-atc")
    ran = bootstrap(f"{line} --profile mine")
    assert ran.code == 0, ran.err
    assert used() <= {"mine"}
    for alias in ("cluster", "s3"):
        assert f"The state names the profile powerful for account {alias}; --profile mine is used." in ran.err


def test_a_create_with_both_kinds_of_profiles_prints_a_destroy_that_signs_in_like_it(
    bootstrap: Bootstrap, cloud: Wire, cluster: None, used: Used
) -> None:
    cloud.refuse("CreateRole", "AccessDenied", status=403, times=9)
    create = "create --integration aspera-atc --bucket acme-in --yes"
    failed = bootstrap(f"{create} --profile mine --cluster-profile cluster --s3-profile buckets")
    assert failed.code == 1
    [command] = re.findall("To delete what was created, run: bootstrap (.*)", failed.err)
    used()
    gone = bootstrap(f"{command} --yes")
    assert gone.code == 0, gone.err
    assert used() <= {"cluster", "buckets"}


WAYS_OF_ATC: dict[str, tuple[Edit, bool, str]] = {
    "the role of another account": (
        all_of(set_in("sign_ins", "s3", "role_arn", to=EVIL), set_in("inputs", "s3_role_arn", to=EVIL)),
        True,
        "that role is not of this account",
    ),
    "sign-ins that are not those of the inputs": (
        set_in("sign_ins", "s3", "role_arn", to=ENTRANCE.replace("Organization", "Other")),
        True,
        "the state's sign-ins are not those of its inputs for aspera-atc",
    ),
    "inputs that are not those of the sign-ins": (
        set_in("inputs", "s3_role_arn", to=ENTRANCE.replace("Organization", "Other")),
        True,
        "the state's sign-ins are not those of its inputs for aspera-atc",
    ),
    "an edit": (lambda content: None, False, EDITED),
}


@pytest.mark.parametrize(("change", "as_ours", "told"), WAYS_OF_ATC.values(), ids=WAYS_OF_ATC)
@pytest.mark.parametrize(
    "line", ["status", "destroy --yes", "plan --integration aspera-atc", "create --integration aspera-atc --yes", "check"]
)
def test_a_way_into_an_account_that_is_not_as_recorded_is_not_taken(
    line: str, change: Edit, as_ours: bool, told: str, bootstrap: Bootstrap, cloud: Wire, cluster: None
) -> None:
    assert bootstrap(CREATE_ATC).code == 0
    edit(STATE_ATC, all_of(change, set_in("serial", to=99)), as_ours=as_ours)
    with cloud.recorded() as calls:
        ran = bootstrap(line)
    assert ran.code == 1
    assert told in ran.err
    assert [call for call in calls if call.operation == "AssumeRole"] == []


def test_what_is_advised_for_an_edited_way_in_names_it_and_works(bootstrap: Bootstrap, cluster: None) -> None:
    assert bootstrap(CREATE_ATC).code == 0
    edit(STATE_ATC, set_in("serial", to=99))
    for line, word in (("status", "--sign-in"), ("plan --integration aspera-atc", "--s3-role-arn")):
        ran = bootstrap(line)
        [command] = re.findall("If that is right, name it: bootstrap (.*)", ran.err)
        assert word in command
        again = bootstrap(command)
        assert again.code == 0, again.err
        assert f"Warning: {STATE_ATC} {EDITED}" in again.err
    accepted = bootstrap("destroy --yes --accept-edited-state --detach-foreign")
    assert accepted.code == 0, accepted.err
    shown = f"From the state: sign in to account s3 ({S3}) by the role {ENTRANCE}."
    assert shown in accepted.err


def test_permissions_signs_nobody_in_as_an_edited_state_says(bootstrap: Bootstrap, cloud: Wire, cluster: None) -> None:
    assert bootstrap(CREATE_ATC).code == 0
    edit(STATE_ATC, set_in("inputs", "s3_role_arn", to=EVIL))
    with cloud.recorded() as calls:
        ran = bootstrap("permissions --integration aspera-atc")
    assert ran.code == 0
    assert calls == []
    assert f"--s3-role-arn {EVIL}" in ran.err
    assert EDITED in ran.err


def test_a_chain_of_another_account_is_not_tried(bootstrap: Bootstrap, cloud: Wire, cluster: None) -> None:
    assert bootstrap(CREATE_ATC).code == 0
    good = json.loads(STATE_ATC.read_text())["handoff"]["chain"]
    for role in (EVIL, "arn:aws:iam:", "role", ""):
        edit(STATE_ATC, set_in("handoff", "chain", to=[{**good[0], "role": role}]), as_ours=True)
        with cloud.recorded() as calls:
            ran = bootstrap("status --check-chain")
        assert ran.code == 1
        assert "which does not belong to account 123456789012 (cluster); no role was tried" in ran.err
        assert EVIL not in "".join(call.text for call in calls)


def test_the_chain_of_an_edited_state_is_not_tried(bootstrap: Bootstrap, cloud: Wire, cluster: None) -> None:
    assert bootstrap(CREATE_ATC).code == 0
    edit(STATE_ATC, set_in("serial", to=99))
    with cloud.recorded() as calls:
        ran = bootstrap(f"status --check-chain --sign-in s3={ENTRANCE}")
    assert ran.code == 1
    assert calls == []
    [command] = re.findall("If that is right, run: bootstrap (.*)", ran.err)
    assert bootstrap(command).code == 0


# That it is said, and asked about

SHOW = [f"plan {VPC}", f"check {VPC}", "destroy --dry-run --detach-foreign", "status", "outputs", "state list", "state show"]
CHANGE = [CREATE, "destroy --yes --detach-foreign", "state rm athena --yes", "state migrate --to moved.json --yes"]


@pytest.mark.parametrize("line", [*SHOW, f"permissions {VPC}"])
def test_what_only_shows_says_it_and_goes_on(line: str, bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    edit(STATE, external_id("ext-2"))
    ran = bootstrap(line)
    assert ran.code == 0, ran.err
    assert EDITED in ran.err + ran.out
    with_json = bootstrap(f"{line} --json")
    assert "edited" in with_json.out + with_json.err


@pytest.mark.parametrize("line", [*SHOW, f"permissions {VPC}", *CHANGE])
def test_a_state_that_nobody_edited_is_taken_as_it_is(line: str, bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    ran = bootstrap(line)
    assert ran.code == 0, ran.err
    assert "edited" not in ran.err + ran.out


@pytest.mark.parametrize("line", CHANGE)
def test_what_changes_something_takes_an_edited_state_only_when_that_is_said(
    line: str, bootstrap: Bootstrap, cloud: Wire, tmp_path: Path
) -> None:
    assert bootstrap(CREATE).code == 0
    edit(STATE, set_in("handoff", "values", to={"Role ARN": EVIL}))
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        ran = bootstrap(line)
    assert ran.code == 1
    assert f"Error: {STATE} {EDITED}; nothing was changed" in ran.err
    assert writes(calls) == []
    assert tree(tmp_path) == before
    [show] = re.findall("See what it records: bootstrap (.*)", ran.err)
    assert EDITED in bootstrap(show).err
    [command] = re.findall("If that is right, run: bootstrap (.*)", ran.err)
    accepted = bootstrap(command)
    assert accepted.code == 0, accepted.err
    for left in (STATE, Path("moved.json")):
        if left.exists():  # only a create that went through proves what the state says
            assert from_json(left.read_text(), str(left)).edited is (line != CREATE)


def test_import_takes_an_edited_state_only_when_that_is_said(bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(CREATE).code == 0
    assert bootstrap("state rm athena --yes").code == 0
    edit(STATE, set_in("serial", to=99))
    before = STATE.read_bytes()
    refused = bootstrap("state import athena --yes")
    assert (refused.code, EDITED in refused.err, STATE.read_bytes()) == (1, True, before)
    assert bootstrap("state import athena --yes --accept-edited-state").code == 0


def test_create_without_work_takes_the_mark_off_when_the_state_is_accepted(bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    edit(STATE, lambda content: content.pop("digest"))
    assert bootstrap(CREATE).code == 1
    assert bootstrap(f"{CREATE} --accept-edited-state").code == 0
    assert "edited" not in bootstrap(CREATE).err


def test_a_file_that_was_edited_is_not_pushed_unasked(bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    shown = json.loads(bootstrap("state show --json").out)
    assert not from_json(json.dumps(shown), "").edited
    edit(STATE, set_in("serial", to=99))
    Path("shown.json").write_text(bootstrap("state show --json").out)  # what is shown of an edited one is not ours either
    STATE.unlink()
    refused = bootstrap("state push shown.json --yes")
    assert refused.code == 1
    assert f"shown.json {EDITED}; nothing was changed" in refused.err
    assert not STATE.exists()
    [show] = re.findall("See what it records: bootstrap (.*)", refused.err)
    assert bootstrap(show).code == 0
    assert bootstrap("state push shown.json --yes --accept-edited-state").code == 0


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_no_state_that_a_run_writes_counts_as_edited(name: str, bootstrap: Bootstrap, cluster: None) -> None:
    create = f"create --integration {name} {INPUTS[name]} --tag 'Größe=ä 漢字' --yes"
    path = Path(f".bootstrap/{name}.json")
    for line in (create, create, "status", "outputs", "state list", "destroy --yes"):
        ran = bootstrap(line)
        assert ran.code == 0, ran.err
        assert "edited" not in ran.err + ran.out
        assert not path.exists() or not from_json(path.read_text(), name).edited


# Inputs that the state brings


def test_the_inputs_of_the_state_are_shown_with_their_values_before_the_question(bootstrap: Bootstrap) -> None:
    bootstrap(CREATE)
    edit(STATE, external_id("ext-evil"), as_ours=True)
    ran = bootstrap("create --integration upsolver-vpc --yes")
    assert "Inputs from the state: --external-id ext-evil --org-id acme\n" in ran.err
    assert ran.err.index("Inputs from the state") < ran.err.index("Plan:")


def test_a_value_of_the_state_stays_in_its_line(bootstrap: Bootstrap) -> None:
    long = "x" * 5000
    create = "create --integration upsolver-data-access"
    bootstrap(f"{create} {INPUTS['upsolver-data-access']} --yes")
    edit(STATE.with_name("upsolver-data-access.json"), external_id(long), as_ours=True)
    assert max(map(len, bootstrap(f"{create} --yes").err.splitlines())) < 1500


def test_what_differs_from_an_edited_state_is_not_called_drift(bootstrap: Bootstrap) -> None:
    def as_if_ours(content: dict[str, Any]) -> None:
        external_id("ext-evil")(content)
        content["records"] = json.loads(json.dumps(content["records"]).replace("ext-1", "ext-evil"))

    bootstrap(CREATE)
    edit(STATE, as_if_ours)
    planned = bootstrap("plan --integration upsolver-vpc")
    assert "it differs from the state, which was edited by hand" in planned.out
    assert "drift" not in planned.out


# A state that cannot be saved again


@pytest.mark.parametrize("line", [f"{CREATE} --tag a=b", "destroy --yes", "state rm athena --yes"])
@pytest.mark.parametrize("numbers", [{"serial": LAST}, {"serial": 7, "recovered": LAST - 7}])
def test_a_state_whose_number_is_the_last_is_refused_before_the_first_change(
    line: str, numbers: dict[str, int], bootstrap: Bootstrap, cloud: Wire, tmp_path: Path
) -> None:
    assert bootstrap(CREATE).code == 0
    edit(STATE, lambda content: content.update(numbers), as_ours=True)
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        ran = bootstrap(line)
    assert ran.code == 1
    assert "Error: the state of upsolver-vpc cannot be saved again" in ran.err
    assert writes(calls) == []
    assert tree(tmp_path) == before
    assert bootstrap("status").code == 0
