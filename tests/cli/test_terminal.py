"""A person at a terminal: what is asked, what an answer does, and what is seen while it runs."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from bootstrap.integrations import integrations
from bootstrap.integrations.files.checks import EXAMPLES
from tests.cli.conftest import BUCKET, VPC, Bootstrap, tree
from tests.support.inputs import THOROUGH
from tests.support.processes import BOOTSTRAP, DEADLINE, Cloud, environment

CREATE = f"create {VPC} --sandbox"
STATES = Path(".bootstrap/sandbox/deployments")
STATE = STATES / "upsolver-vpc.json"
ALL = ["UpsolverRole", BUCKET]
ROLE = "('CreateRole'"
AGREE = r"Make these changes\? \[y/N\]: "
NAME = r"Type [a-z-]+ to destroy it: "
EXTERNAL_ID = r"Which external id does Upsolver show you\? \(--external-id; press Enter if you do not have it yet\): "
ORG_ID = r"What is your organization id at Upsolver\? [^\n]* \(--org-id\): "
NUMBER, DEFAULT = r"Type a number: ", r"Type a number \[1\]: "
CTRL_C, CTRL_D = "\x03", "\x04"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")

Terminal = Callable[..., Any]

# Python 3.12 and later warn of any fork beside threads; this child becomes another program at once.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture
def terminal(sandbox_cloud: Cloud, tmp_path: Path) -> Iterator[Terminal]:
    """Starts a command on a terminal of its own, and ends it after the test. Without colours words are easier to find."""
    started = []

    def terminal(line: str, *, colours: bool = False, columns: int = 160) -> Any:
        child = pexpect.spawn(
            BOOTSTRAP[0],
            [*BOOTSTRAP[1:], *shlex.split(line)],
            cwd=str(tmp_path),
            env=environment(NO_COLOR="" if colours else "1"),
            encoding="utf-8",
            timeout=DEADLINE,
            dimensions=(40, columns),
        )
        started.append(child)
        return child

    yield terminal
    sandbox_cloud.go_on()
    for child in started:
        child.close(force=True)


def ends(child: Any) -> int:
    """The exit code of what ends now."""
    child.expect(pexpect.EOF)
    child.wait()
    assert "Traceback" not in child.before
    return int(child.exitstatus)


@pytest.fixture
def two(here: Bootstrap) -> None:
    """Two deployments."""
    for name in ("one", "two"):
        shared = f"--name {name} --role-prefix {name}- --external-id ext --org-id {name} --sandbox --yes"
        assert here(f"create --integration upsolver-vpc {shared}").code == 0


def test_what_is_missing_is_asked_for_until_it_is_good(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    child = terminal("create --integration upsolver-vpc --sandbox")
    child.expect_exact("Create a new bucket for Upsolver, or use one you have?")
    child.expect(r"1\. Create a new bucket")
    child.expect(r"2\. Use one I have")
    assert "--" not in child.before
    child.expect(DEFAULT)
    child.sendline("")
    child.expect(ORG_ID)
    child.sendline("acme!")
    child.expect("--org-id: an organization id has 1 to 40 letters")
    child.expect(ORG_ID)
    child.sendline("acme")
    child.expect(EXTERNAL_ID)
    child.sendline("a b")
    child.expect(r"--external-id: 'a b' has a blank in it")
    child.expect(EXTERNAL_ID)
    child.sendline("ext-1")
    child.expect("Plan: .*4 to create")
    child.expect(AGREE)
    child.sendline("y")
    child.expect("Done: 4 changes")
    child.expect("Role ARN .*arn:aws:iam::123456789012:role/UpsolverRole")
    assert ends(child) == 0
    assert json.loads(STATE.read_text())["inputs"]["external_id"] == "ext-1"
    assert sandbox_cloud.names() == ALL


def test_who_does_not_have_the_external_id_yet_is_shown_what_is_known_and_can_lock_the_role(
    terminal: Terminal, sandbox_cloud: Cloud
) -> None:
    child = terminal("create --integration upsolver-vpc --org-id acme --sandbox")
    child.expect(EXTERNAL_ID)
    child.sendline("")
    child.expect(r"1\. Show me what I can give to the vendor already, and ask again")
    child.expect(r"2\. Lock the new role until I have it")
    child.expect(NUMBER)
    child.sendline("1")
    child.expect(r"Role ARN:? +arn:aws:iam::123456789012:role/UpsolverRole")
    assert sandbox_cloud.writes() == []
    child.expect(EXTERNAL_ID)
    child.sendline("")
    child.expect(NUMBER)
    child.sendline("2")
    child.expect("waiting for Upsolver: external id; until then, the role lets nobody in")
    child.expect(AGREE)
    child.sendline("y")
    child.expect("Until Upsolver has shown the external id")
    assert ends(child) == 0
    again = terminal("create --integration upsolver-vpc --sandbox")  # as the last step says
    again.expect(EXTERNAL_ID)
    again.sendline("ext-1")
    again.expect("Plan: 1 to change")
    again.expect(AGREE)
    again.sendline("y")
    assert ends(again) == 0
    inputs = json.loads(STATE.read_text())["inputs"]
    assert (inputs["external_id"], "external_id_later" in inputs) == ("ext-1", False)


def test_where_the_vendor_has_no_accounts_nothing_is_asked(terminal: Terminal) -> None:
    child = terminal("create --integration upsolver-vpc --sandbox --region cn-north-1")
    child.expect("upsolver-vpc works only in the partition aws, but cn-north-1 is in aws-cn")
    assert "--external-id" not in child.before
    assert ends(child) == 1


def test_plan_asks_for_what_is_missing_and_for_nothing_else(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    child = terminal("plan --integration upsolver-vpc --org-id acme --sandbox")
    child.expect(EXTERNAL_ID)
    child.sendline("ext-1")
    child.expect("Plan: .*4 to create")
    assert ends(child) == 0
    assert sandbox_cloud.writes() == []


@pytest.mark.parametrize("verb", ["create", "plan"])
def test_a_person_sees_who_they_are_in_each_account_before_anything_else_is_asked(
    verb: str, terminal: Terminal, sandbox_cloud: Cloud
) -> None:
    entrance = "arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"
    child = terminal(f"{verb} --integration aspera-atc --sandbox")
    child.expect(DEFAULT)
    assert "Sandbox account" not in child.before
    child.sendline("3")
    child.expect(r"Paste its ARN\. \(--s3-role-arn\): ")
    child.sendline(entrance)
    child.expect("Create a new role that reaches the buckets")
    assert "Sandbox account (cluster) 123456789012" in child.before
    assert "Sandbox account (s3) 210987654321" in child.before
    child.expect(DEFAULT)
    child.sendline("create a new role")
    child.expect(r"\(--bucket\): ")
    child.sendline("acme-in")
    child.expect("--node-role: there is no role atc-node in account 123456789012")
    assert ends(child) == 1


@pytest.mark.parametrize("answer", ["n", "", "no"])
def test_a_declined_plan_changes_nothing(answer: str, terminal: Terminal, sandbox_cloud: Cloud, tmp_path: Path) -> None:
    before = tree(tmp_path)
    child = terminal(CREATE)
    child.expect(AGREE)
    child.sendline("maybe")
    child.expect("Type y to agree, or n to leave everything as it is.")
    child.expect(AGREE)
    child.sendline(answer)
    child.expect("Nothing was changed.")
    assert ends(child) == 1
    assert sandbox_cloud.writes() == []
    assert tree(tmp_path) == before


def test_an_integration_is_chosen_from_a_list(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    child = terminal("create --sandbox")
    names = list(integrations())
    child.expect_exact("Which integration do you want to set up?")
    for number, each in enumerate(integrations().values(), start=1):
        child.expect_exact(f"{number}. {each.title} ({each.name})")
    child.expect(NUMBER)
    child.sendline(str(len(names) + 1))
    child.expect("Type its number or its name.")
    child.expect(NUMBER)
    child.sendline(str(names.index("upsolver-vpc") + 1))
    child.expect(DEFAULT)
    child.sendline("1")
    child.expect(ORG_ID)
    child.sendline("acme")
    child.expect(EXTERNAL_ID)
    child.sendline("ext-1")
    child.expect(AGREE)
    child.sendline("y")
    assert ends(child) == 0
    assert sandbox_cloud.names() == ALL


def test_the_list_of_integrations_is_wrapped_between_words_on_a_narrow_terminal(terminal: Terminal) -> None:
    child = terminal("create --sandbox", columns=60)
    child.expect(NUMBER)
    lines = child.before.splitlines()
    assert max(map(len, lines)) <= 60
    text = " ".join(" ".join(lines).split())
    assert all(f"{each.title} ({each.name})" in text for each in integrations().values())


def test_destroy_wants_the_name_typed(terminal: Terminal, here: Bootstrap, sandbox_cloud: Cloud, tmp_path: Path) -> None:
    here(f"{CREATE} --yes")
    before = tree(tmp_path)
    for answer in ("yes", "upsolver"):
        child = terminal("destroy --sandbox")
        child.expect("Plan: .*4 to delete")
        child.expect(NAME)
        child.sendline(answer)
        child.expect("That is not its name. Nothing was changed.")
        assert ends(child) == 1
        assert tree(tmp_path) == before
        assert sandbox_cloud.names() == ALL
    child = terminal("destroy --sandbox")
    child.expect(NAME)
    child.sendline("upsolver-vpc")
    child.expect("Destroyed: nothing that upsolver-vpc created is left.")
    assert ends(child) == 0
    assert sandbox_cloud.names() == []


def test_which_deployment_is_asked_where_there_are_several(two: None, terminal: Terminal, sandbox_cloud: Cloud) -> None:
    child = terminal("destroy --sandbox")
    child.expect("1. one")
    child.expect("2. two")
    child.expect(NUMBER)
    child.sendline("three")
    child.expect("Type its number or its name.")
    child.expect(NUMBER)
    child.sendline("1")
    child.expect(NAME)
    child.sendline("one")
    assert ends(child) == 0
    assert sandbox_cloud.names() == ["two-UpsolverRole", "us-east-1-upsolver-two"]


def test_yes_asks_nothing(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    for line, code in {
        f"{CREATE} --yes": 0,
        "destroy --sandbox --yes": 0,
        "create --integration upsolver-vpc --sandbox --yes": 64,
        "create --sandbox --yes": 64,
    }.items():
        child = terminal(line)
        assert ends(child) == code
        assert not re.search(r"\[y/N\]|Type |\(--[a-z-]+\): |Which", child.before)
    assert sandbox_cloud.names() == []


def test_yes_does_not_choose_among_several(two: None, terminal: Terminal, sandbox_cloud: Cloud) -> None:
    child = terminal("destroy --sandbox --yes")
    child.expect("there are several deployments")
    assert ends(child) == 64
    assert len(sandbox_cloud.names()) == 4


def test_nothing_to_do_is_not_asked_about(terminal: Terminal, here: Bootstrap) -> None:
    here(f"{CREATE} --yes")
    child = terminal(CREATE)
    child.expect("No changes: everything is up to date.")
    assert ends(child) == 0


def test_an_edited_state_is_asked_about_also_where_nothing_is_to_do(terminal: Terminal, here: Bootstrap) -> None:
    here(f"{CREATE} --yes")
    edited = STATE.read_text().replace('"serial": ', '"serial": 1')
    STATE.write_text(edited)
    for answer, code in (("n", 1), ("y", 0)):
        child = terminal(CREATE)
        child.expect("was edited since bootstrap last wrote it: its digest is missing or does not match")
        child.expect("The state was edited since bootstrap last wrote it. Record it as it is now?")
        child.sendline(answer)
        assert ends(child) == code
        assert (STATE.read_text() == edited) == (answer == "n")
    assert "edited" not in here(f"{CREATE} --yes").err


PROMPTS = {
    "which integration": ("create --sandbox", NUMBER),
    "a way": ("create --integration upsolver-vpc --sandbox", DEFAULT),
    "an input": ("create --integration upsolver-vpc --org-id acme --sandbox", EXTERNAL_ID),
    "agreeing": (CREATE, AGREE),
    "which deployment": ("outputs --sandbox", NUMBER),
    "the name": ("destroy --name one --sandbox", NAME),
}


@pytest.mark.parametrize(("prompt", "key"), [*((prompt, CTRL_C) for prompt in PROMPTS), ("agreeing", CTRL_D)])
def test_at_a_prompt_one_can_leave(
    prompt: str, key: str, request: pytest.FixtureRequest, terminal: Terminal, sandbox_cloud: Cloud, tmp_path: Path
) -> None:
    if prompt in ("which deployment", "the name"):
        request.getfixturevalue("two")
    line, question = PROMPTS[prompt]
    before, writes = tree(tmp_path), sandbox_cloud.writes()
    child = terminal(line)
    child.expect(question)
    child.send(key)
    child.expect("Error: interrupted; nothing was changed")
    assert ends(child) == 130
    assert tree(tmp_path) == before
    assert sandbox_cloud.writes() == writes


def test_a_world_that_moved_while_one_thought_is_asked_about_again(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    child = terminal(CREATE)
    child.expect(AGREE)
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}
    sandbox_cloud.iam.create_role(RoleName="UpsolverRole", AssumeRolePolicyDocument=json.dumps(trust))
    child.sendline("y")
    child.expect("its name is taken by somebody else")
    child.expect("Error: the plan cannot be applied; nothing was changed")
    assert ends(child) == 1
    assert sandbox_cloud.names() == ["UpsolverRole"]


def test_what_runs_is_seen_live_and_the_cursor_comes_back(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    child = terminal(f"{CREATE} --yes")
    child.expect_exact("\x1b[?25l")
    child.expect(r"role creating, \d+ s")
    sandbox_cloud.go_on()
    child.expect("role created")
    child.expect_exact("\x1b[?25h")
    assert ends(child) == 0


def test_no_color_is_obeyed_on_a_terminal(terminal: Terminal, here: Bootstrap) -> None:
    here(f"{CREATE} --yes")
    child = terminal("status --sandbox")
    assert ends(child) == 0
    assert "No changes" in child.before
    assert "\x1b" not in child.before
    child = terminal("status --sandbox", colours=True)
    assert ends(child) == 0
    assert COLOURS.search(child.before)


def test_ctrl_c_while_it_runs_waits_and_tells_how_to_go_on(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    child = terminal(f"{CREATE} --yes")
    sandbox_cloud.wait_for(ROLE)
    child.send(CTRL_C)
    child.expect("Stopping: waiting for")
    child.expect("Ctrl-C again leaves at once")
    sandbox_cloud.go_on()
    child.expect("Error: stopped; 2 of 4 changes were not done: athena, cloudformation")
    child.expect("To go on, run:")
    child.expect_exact(f"bootstrap {CREATE} --yes")
    assert ends(child) == 130


def test_ctrl_c_twice_leaves_at_once_with_the_cursor(terminal: Terminal, here: Bootstrap, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    child = terminal(f"{CREATE} --yes")
    sandbox_cloud.wait_for(ROLE)
    child.send(CTRL_C)
    child.expect("Stopping: waiting for")
    child.send(CTRL_C)
    child.expect("Left while calls were under way")
    shown = child.before + child.after
    assert ends(child) == 130
    assert "\x1b[?25h" in shown.rpartition("\x1b[?25l")[2]
    sandbox_cloud.go_on()
    sandbox_cloud.settle()
    assert here(f"{CREATE} --yes").code == 0


@pytest.mark.parametrize(
    ("way", "question", "answer"),
    [
        ("1", r"What should the new bucket be called\? \(--bucket\)", "acme-duet"),
        ("--existing-bucket", r"Which bucket of yours should the pipelines use\? \(--existing-bucket\)", "theirs"),
    ],
)
def test_a_new_bucket_or_one_of_the_users_is_asked_for(
    way: str, question: str, answer: str, terminal: Terminal, sandbox_cloud: Cloud
) -> None:
    sandbox_cloud.s3.create_bucket(Bucket="theirs")
    child = terminal("create --integration biomodal-duet --sandbox")
    child.expect(r"1\. Create a new bucket")
    child.expect(r"2\. Use one I have")
    child.expect(DEFAULT)
    child.sendline(way)
    child.expect(question)
    child.sendline(answer)
    child.expect("Note: Costs while idle")
    child.expect("Plan: .* to create")
    child.expect(AGREE)
    child.sendline("n")
    assert ends(child) == 1
    assert [item["Name"] for item in sandbox_cloud.s3.list_buckets()["Buckets"]] == ["theirs"]


CLUSTERS_ACCOUNT, NEW_ROLE = "The same account as the cluster", "Create a new role"
NEW_BUCKET, MY_BUCKET = "Create a new bucket", "Use one I have"
EXTERNAL = {"external-id": "Which external id does Upsolver show you?"}
WRITTEN_TO = {"existing-bucket": "Which bucket of yours should"}
ORGANIZATION = {"org-id": "What is your organization id at Upsolver?"}
TRANSFERS = {"bucket": "Which bucket should transfers use?"}
ASKED: list[tuple[str, tuple[str, ...], dict[str, str]]] = [
    ("aspera-atc", (CLUSTERS_ACCOUNT, NEW_ROLE), TRANSFERS),
    (
        "aspera-atc",
        ("Another account, for which I have an AWS profile", "Use one I have"),
        {
            "s3-profile": "Which AWS profile signs in to the account with the buckets?",
            "existing-s3-role": "Which role of yours reaches the buckets?",
            **TRANSFERS,
        },
    ),
    (
        "aspera-atc",
        ("Another account, with a role that the cluster's account may assume", NEW_ROLE),
        {"s3-role-arn": "Which role of the account with the buckets should be assumed?", **TRANSFERS},
    ),
    ("biomodal-duet", (NEW_BUCKET,), {"bucket": "What should the new bucket be called?"}),
    ("biomodal-duet", (MY_BUCKET,), WRITTEN_TO),
    ("upsolver-vpc", (NEW_BUCKET,), {**ORGANIZATION, **EXTERNAL}),
    ("upsolver-vpc", (MY_BUCKET,), {**WRITTEN_TO, **EXTERNAL}),
    ("upsolver-private-vpc", (NEW_BUCKET,), {**ORGANIZATION, **EXTERNAL}),
    ("upsolver-private-vpc", (MY_BUCKET,), {**WRITTEN_TO, **EXTERNAL}),
    (
        "upsolver-data-access",
        ("Type the external id and the role that the page shows",),
        {
            "bucket": "Which bucket should Upsolver use?",
            "external-id": "Which external id does Upsolver show you?",
            "trusted-principal": "Which role does Upsolver show you?",
        },
    ),
    (
        "upsolver-data-access",
        ("Name a file with the JSON that the page shows",),
        {
            "trusted-entity": "Which file has the JSON?",
            "bucket": "Which bucket should Upsolver use?",
        },
    ),
]
"""Each integration, the ways that are chosen, and what is asked then, by the flag."""
ANSWERS = {
    "external-id": "ext-1",
    "trusted-principal": "arn:aws:iam::111122223333:role/up",
    "trusted-entity": "entity.json",
    "org-id": "acme",
    "existing-bucket": "acme-mine",
    "bucket": "raw",
    "s3-profile": "buckets",
    "existing-s3-role": "data-reader",
    "s3-role-arn": "arn:aws:iam::210987654321:role/way-in",
}


@pytest.mark.parametrize(("name", "ways", "asked"), ASKED, ids=lambda value: value if isinstance(value, str) else "")
def test_every_question_is_in_words_for_whoever_sits_there(
    name: str, ways: tuple[str, ...], asked: dict[str, str], terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "entity.json").write_text(EXAMPLES["trust_policy"].replace("EXTERNAL-ID", "ext-1"))
    child = terminal(f"permissions --integration {name}")
    for choice, way in zip(integrations()[name].alternatives, ways, strict=True):
        child.expect_exact(choice.question)
        child.expect(rf"(\d)\. {way}")
        number = child.match[1]
        child.expect(DEFAULT)
        child.sendline(number)
    for flag, words in asked.items():
        child.expect(rf"{re.escape(words)}[^\n]* \(--{flag}(; press Enter if you do not have it yet)?\): ")
        assert "(repeatable)" not in child.before + child.after
        child.send(CTRL_C) if flag == [*asked][-1] else child.sendline(ANSWERS[flag])
    child.expect("interrupted")
    assert ends(child) == 130


def test_a_file_that_is_not_right_is_asked_for_again_with_what_to_do(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    child = terminal("permissions --integration upsolver-data-access --bucket raw")
    child.expect(DEFAULT)
    child.sendline("2")
    child.expect(r"\(--trusted-entity\): ")
    child.sendline("other.json")
    child.expect_exact("--trusted-entity: each statement must be an Allow")
    child.expect_exact("Copy the whole JSON from Upsolver's Security Information page again.")
    child.expect(r"\(--trusted-entity\): ")
    child.send(CTRL_C)
    assert ends(child) == 130


def test_every_integration_is_in_the_table_of_questions() -> None:
    assert {name for name, _, _ in ASKED} == set(THOROUGH)
    for name, kind in ((name, integrations()[name]) for name in THOROUGH):
        taken = {way for each, ways, _ in ASKED if each == name for way in ways}
        assert taken == {way for choice in kind.alternatives for way in choice.ways}


def test_who_gives_all_that_it_takes_is_asked_for_no_way(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.s3.create_bucket(Bucket="theirs")
    child = terminal("plan --integration upsolver-vpc --external-id ext-1 --existing-bucket theirs --sandbox")
    child.expect("Plan: .*3 to create")
    assert "Which" not in child.before
    assert ends(child) == 0


def test_who_gives_one_of_two_that_go_together_is_asked_for_the_other(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.s3.create_bucket(Bucket="raw")
    child = terminal("plan --integration upsolver-data-access --external-id ext-1 --bucket raw --sandbox")
    child.expect(r"\(--trusted-principal; press Enter if you do not have it yet\): ")
    child.sendline("arn:aws:iam::111122223333:role/up")
    child.expect("Plan: .*3 to create")
    assert ends(child) == 0


def test_a_way_of_several_inputs_is_asked_for_whole(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.s3.create_bucket(Bucket="raw")
    child = terminal("plan --integration upsolver-data-access --bucket raw --sandbox")
    child.expect(r"1\. Type the external id and the role")
    child.expect(r"2\. Name a file with the JSON")
    child.expect(DEFAULT)
    child.sendline("1")
    child.expect(EXTERNAL_ID)
    child.sendline("ext-1")
    child.expect(r"\(--trusted-principal; press Enter if you do not have it yet\): ")
    child.sendline("arn:aws:iam::111122223333:role/up")
    child.expect("Plan: .*3 to create")
    assert ends(child) == 0


@pytest.mark.parametrize("answer", ["y", "n"])
def test_recover_asks_for_the_inputs_and_before_it_records(
    answer: str, terminal: Terminal, here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    here(f"{CREATE} --yes")
    STATE.unlink()
    child = terminal("recover --integration upsolver-vpc --org-id acme --sandbox")
    child.expect(EXTERNAL_ID)
    child.sendline("ext-1")
    child.expect(r"\+ bucket .*matches the inputs")
    child.expect(r"Record these 4 in .*\? \[y/N\]: ")
    child.sendline(answer)
    child.expect("Recovered: 4 resources" if answer == "y" else "Nothing was recorded")
    assert ends(child) == (0 if answer == "y" else 1)
    assert STATE.exists() == (answer == "y")
    assert sandbox_cloud.names() == ALL


@pytest.mark.parametrize(("verb", "question"), [("rm", "Forget this"), ("import", "Record this")])
def test_a_single_record_is_asked_about(verb: str, question: str, terminal: Terminal, here: Bootstrap) -> None:
    here(f"{CREATE} --yes")
    if verb == "import":
        here("state rm athena --sandbox --yes")
    before = STATE.read_bytes()
    child = terminal(f"state {verb} athena --sandbox")
    child.expect(question + r".*\? \[y/N\]: ")
    child.sendline("n")
    assert ends(child) == 1
    assert STATE.read_bytes() == before


def test_a_lock_is_taken_away_only_from_a_run_that_somebody_says_is_dead(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    lock = {"id": "0123456789ab", "doing": "create prod", "user": "ann", "host": "mars", "pid": 7, "since": "today"}
    sandbox_cloud.s3.create_bucket(Bucket="acme-state")
    sandbox_cloud.s3.put_object(Bucket="acme-state", Key="prod.json.lock", Body=json.dumps(lock).encode())
    for answer, code, left in (("n", 1, 1), ("y", 0, 0)):
        child = terminal("state unlock 0123456789ab --state s3://acme-state/prod.json --sandbox")
        child.expect("s3://acme-state/prod.json is locked: create prod by ann on mars .process 7. since today")
        child.expect(r"Is that run dead, and should its lock be removed\? \[y/N\]: ")
        child.sendline(answer)
        assert ends(child) == code
        assert sandbox_cloud.s3.list_objects_v2(Bucket="acme-state")["KeyCount"] == left


def test_a_question_is_asked_with_quiet_and_is_not_in_the_file_of_the_result(terminal: Terminal, tmp_path: Path) -> None:
    child = terminal(f"{CREATE} --quiet --output kept.txt")
    child.expect("Sandbox account 123456789012")
    child.expect("Plan: 4 to create")
    child.expect(AGREE)
    child.sendline("y")
    assert ends(child) == 0
    assert "created" not in child.before
    assert (tmp_path / "kept.txt").read_text().startswith("\nRole ARN ")


def test_an_adopt_is_shown_and_asked_about(terminal: Terminal, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.s3.create_bucket(Bucket=BUCKET)
    for answer, ends_with in (("n", "Nothing was changed"), ("y", "Adopted: bucket")):
        child = terminal(f"adopt {VPC} --sandbox")
        child.expect("@ bucket .*differs in ")
        child.expect("Plan: 1 to adopt, 1 of them differs from the inputs, 3 not found")
        child.expect("Not found, so the next create makes: role, athena, cloudformation")
        child.expect(r"Adopt this resource, so that destroy deletes it\? \[y/N\]: ")
        child.sendline(answer)
        child.expect(ends_with)
        assert ends(child) == (answer == "n")
