"""The state as text: what was saved comes back the same, and what is damaged is refused, never misread."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from bootstrap.core.account import Account
from bootstrap.core.source import Source
from bootstrap.core.state import LAST, ROOM, Record, State, Status
from bootstrap.core.state_json import from_json
from bootstrap.errors import StateError

ACCOUNTS = {
    "default": Account(id="111122223333", partition="aws", region="us-east-1"),
    "second": Account(alias="second", id="444455556666", partition="aws-cn", region="cn-north-1"),
}
ROLE = Record(
    address="role",
    kind="iam_role",
    account="default",
    status=Status.READY,
    properties={"name": "vendor", "tags": {}},
    outputs={"role_id": "AROAEXAMPLE"},
)
LINK = Record(
    address="link",
    kind="iam_role_attachment",
    account="second",
    status=Status.CREATING,
    properties={},
    depends_on=("role",),
)
STATE = State(
    deployment="prod",
    integration="example",
    lineage="0123456789abcdef",
    accounts=ACCOUNTS,
    inputs={"bucket": ["a", "b"], "harden": True, "prefix": None},
    handoff={"values": {"Role": "@{role.arn}"}, "steps": []},
    serial=3,
).put(ROLE, LINK)


SOURCE = Source("./acme.toml", "0123456789abcdef" * 4)


def load(text: str) -> State:
    return from_json(text, "the file")


def changed(*path: str | int, to: Any) -> str:
    """The text of STATE with the value at `path` replaced, or taken out when `to` is Ellipsis."""
    content = json.loads(STATE.to_json())
    place = content
    for step in path[:-1]:
        place = place[step]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(content)


def refusal(text: str) -> StateError:
    with pytest.raises(StateError) as caught:
        load(text)
    return caught.value


def test_a_state_comes_back_as_it_was_saved() -> None:
    assert load(STATE.to_json()) == STATE


def test_the_digest_of_a_plan_comes_back_until_a_record_is_forgotten() -> None:
    state = replace(STATE, plan="0123abc")
    assert load(state.to_json()) == state
    assert "plan" not in json.loads(STATE.to_json())
    assert state.without(["link"]).plan == ""


def test_the_file_of_the_integration_comes_back_and_is_what_a_command_names() -> None:
    state = replace(STATE, source=SOURCE)
    assert load(state.to_json()) == state
    assert (state.word, STATE.word) == ("./acme.toml", "example")
    assert json.loads(state.to_json())["source"] == {"path": "./acme.toml", "sha256": "0123456789abcdef" * 4}
    assert "source" not in json.loads(STATE.to_json())


@pytest.mark.parametrize(
    "source", [None, "acme.toml", {}, {"path": "", "sha256": "0" * 64}, {"path": "a.toml", "sha256": "0" * 63 + "g"}]
)
def test_a_source_that_is_no_file_with_its_digest_is_refused(source: Any) -> None:
    text = json.dumps(json.loads(STATE.to_json()) | {"source": source})
    assert re.search(r"damaged or edited by hand: .*(source|'path')", refusal(text).message)


def test_what_is_remembered_of_what_is_made_again_comes_back_and_ends_when_that_is_ready() -> None:
    deleting = replace(ROLE, status=Status.DELETING, kept={"name": "narrower"})
    state = STATE.drop("link").drop("role").remember([deleting])
    assert load(state.to_json()) == state
    assert state.earlier == {"role": deleting}
    begun = replace(ROLE, status=Status.CREATING)
    assert state.put(begun).remember([begun]).earlier == {"role": deleting}
    for ended in (state.put(ROLE), state.put(begun).drop("role"), state.put(begun).without(["role"])):
        assert ended.earlier == {}
    assert "earlier" not in STATE.to_json()


def test_the_text_is_ascii_and_ends_its_last_line() -> None:
    text = STATE.put(Record(**{**vars(ROLE), "properties": {"name": "Zürich"}})).to_json()
    assert text.isascii()
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    "text",
    [changed("serial", to=4), changed("records", 0, "outputs", "role_id", to="AROAOTHER"), changed("digest", to=...)],
)
def test_a_state_that_somebody_else_wrote_to_says_so(text: str) -> None:
    assert load(text).edited


def test_a_state_that_was_edited_stays_so_when_it_is_saved() -> None:
    text = changed("digest", to="0" * 64)
    again = load(load(text).to_json())
    assert again.edited
    assert load(again.saved().to_json()).edited
    assert load(replace(again, edited=False).to_json()).edited is False


def test_a_state_as_we_wrote_it_is_not_edited_whatever_its_layout() -> None:
    assert not load(STATE.to_json()).edited
    assert not load(json.dumps(dict(reversed(json.loads(STATE.to_json()).items())))).edited


texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def states(draw: st.DrawFn) -> State:
    records: dict[str, Record] = {}
    for address in draw(st.lists(texts, unique=True, max_size=5)):
        records[address] = Record(
            address=address,
            kind=draw(texts),
            account=draw(st.sampled_from(sorted(ACCOUNTS))),
            status=draw(st.sampled_from(Status)),
            properties=draw(st.dictionaries(texts, values, max_size=3)),
            outputs=draw(st.dictionaries(texts, texts, max_size=2)),
            depends_on=tuple(draw(st.lists(st.sampled_from(sorted(records)), unique=True)) if records else ()),
            adopted=draw(st.dictionaries(texts, values, max_size=2)),
            created_here=draw(st.booleans()),
        )
    return State(
        deployment=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", fullmatch=True)),
        integration=draw(texts),
        lineage=draw(texts),
        accounts=ACCOUNTS,
        inputs=draw(st.dictionaries(texts, values, max_size=3)),
        handoff=draw(st.dictionaries(texts, values, max_size=3)),
        serial=draw(st.integers(0, 2**53 - 1)),
        records=records,
    )


@settings(deadline=None, derandomize=True, max_examples=50)
@given(states())
def test_any_state_comes_back_as_it_was_saved(state: State) -> None:
    assert load(state.to_json()) == state
    assert not load(state.to_json()).edited


def test_a_state_that_was_cut_off_at_any_byte_is_refused() -> None:
    text = STATE.to_json().rstrip("\n")
    for length in range(len(text)):
        assert "the file is not" in refusal(text[:length]).message


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.data())
def test_a_state_with_any_value_swapped_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    def places(content: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
        items: Any = (
            content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
        )
        return [found for key, item in items for found in [(*path, key), *places(item, (*path, key))]]

    path = data.draw(st.sampled_from(places(json.loads(STATE.to_json()))))
    try:
        load(changed(*path, to=data.draw(values | st.just(...))))
    except StateError as error:
        assert error.message.startswith("the file ")


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "7", '"bootstrap"', "{}", '{"tool": "terraform", "version": 4}', "\ufeff{}", "not JSON"]
)
def test_what_is_not_a_state_is_refused(text: str) -> None:
    assert "the file is not a" in refusal(text).message


AGAIN: dict[str, tuple[str, str]] = {
    "at the top": (STATE.to_json().replace('"serial": 3', '"inputs": {}, "serial": 3'), "the key 'inputs' is there twice"),
    "in a record": (
        STATE.to_json().replace('"kind":', '"account": "second", "kind":', 1),
        "the key 'account' is there twice",
    ),
    "under its escaped name": (STATE.to_json().replace('"serial": 3', '"seri\\u0061l": 9, "serial": 3'), "the key 'serial'"),
}


@pytest.mark.parametrize(("text", "message"), AGAIN.values(), ids=AGAIN)
def test_a_key_that_is_there_twice_is_refused_as_readers_and_programs_see_different_values(text: str, message: str) -> None:
    assert message in refusal(text).message


@pytest.mark.parametrize(
    "text",
    [
        changed("inputs", "bucket", to="\ud800"),
        changed("inputs", "bucket", to=float("nan")),
        STATE.to_json().replace('"serial": 3', '"serial": 1e999'),
        STATE.to_json().replace('"serial": 3', f'"serial": {"9" * 5000}'),
        STATE.to_json().replace('"schema": 1', f'"schema": {"[" * 900}{"]" * 900}'),
    ],
    ids=["half a character", "NaN", "infinity", "many digits", "a deep schema"],
)
def test_what_is_no_strict_json_is_refused(text: str) -> None:
    assert refusal(text).message.startswith("the file is not a complete state file: ")


def test_a_byte_order_mark_is_no_part_of_a_state() -> None:
    assert load(f"\ufeff{STATE.to_json()}") == STATE


@pytest.mark.parametrize(("serial", "recovered"), [(LAST, 0), (5, LAST - 5)])
def test_a_state_that_was_saved_as_often_as_can_be_counted_is_read_and_not_saved(serial: int, recovered: int) -> None:
    full = load(replace(STATE, serial=serial, recovered=recovered).to_json())
    with pytest.raises(StateError, match="cannot be saved again: it says that it was saved") as refused:
        full.saved()
    assert "move it away and rebuild it with the verb recover." in refused.value.advice


@pytest.mark.parametrize(
    ("serial", "recovered"), [(LAST + 1, 0), (0, LAST + 1), (LAST, 1), (1, LAST), (LAST, LAST), (-1, 0), (0, -1), (-1, 2)]
)
def test_a_number_of_saves_that_bootstrap_never_writes_is_refused(serial: int, recovered: int) -> None:
    told = refusal(replace(STATE, serial=serial, recovered=recovered).to_json()).message
    assert re.search("(serial|recovered) (is not a number that bootstrap writes|together are not a number of saves)", told)


def test_the_last_number_of_saves_is_the_last_that_every_reader_of_json_tells_from_the_next() -> None:
    assert float(LAST) < float(LAST + 1) == float(LAST + 2)


def test_the_last_save_that_is_taken_can_be_read_again() -> None:
    last = replace(STATE, serial=LAST - 1).saved()
    assert load(last.to_json()) == last


def test_a_run_is_refused_while_there_still_is_room_for_the_saves_of_another_one() -> None:
    replace(STATE, serial=LAST - ROOM).check_room()
    with pytest.raises(StateError):
        replace(STATE, serial=LAST - ROOM + 1).check_room()


def test_deep_nesting_is_refused_and_no_crash() -> None:
    assert refusal("[" * 100_000).message.startswith("the file is not a complete state file")
    assert refusal('{"tool": ' * 100_000).message.startswith("the file is not a complete state file")


def test_a_state_of_a_newer_version_says_upgrade() -> None:
    error = refusal(changed("schema", to=2))
    assert error.message == "the file has the schema 2; this version of bootstrap knows 1"
    assert error.advice == "It was written by a newer version: upgrade bootstrap."


@pytest.mark.parametrize("schema", [0, -1, "1", None, ...])
def test_a_schema_that_never_was_is_refused(schema: Any) -> None:
    error = refusal(changed("schema", to=schema))
    assert "this version of bootstrap knows 1" in error.message
    assert "upgrade" not in error.advice


TOP = {
    "deployment": "str",
    "integration": "str",
    "lineage": "str",
    "serial": "int",
    "accounts": "dict",
    "inputs": "dict",
    "handoff": "dict",
    "records": "list",
}
OF_RECORD = {
    "address": "str",
    "kind": "str",
    "account": "str",
    "status": "str",
    "properties": "dict",
    "outputs": "dict",
    "depends_on": "list",
}
PLACES: list[tuple[tuple[str | int, ...], str]] = [
    *(((name,), kind) for name, kind in TOP.items()),
    *((("records", 0, name), kind) for name, kind in OF_RECORD.items()),
    *((("accounts", "default", name), "str") for name in ("id", "partition", "region")),
]


@pytest.mark.parametrize(("path", "kind"), PLACES, ids=str)
def test_a_wrong_type_is_named_with_its_place(path: tuple[str | int, ...], kind: str) -> None:
    wrong: dict[str, Any] = {"str": 7, "int": "7", "dict": [], "list": {}}
    for value in (wrong[kind], None, True, 1.5):
        message = refusal(changed(*path, to=value)).message
        assert message.startswith(f"the file has been damaged or edited by hand: {path[-1]} should be {kind}, it is")


@pytest.mark.parametrize(("path", "kind"), PLACES, ids=str)
def test_a_missing_entry_is_named(path: tuple[str | int, ...], kind: str) -> None:
    assert refusal(changed(*path, to=...)).message.endswith(f"'{path[-1]}' is missing")


ODD: dict[str, tuple[str, str]] = {
    "a record that is none": (changed("records", 0, to="role"), "damaged"),
    "a record that is null": (changed("records", 0, to=None), "damaged"),
    "an account that is none": (changed("accounts", "second", to="444455556666"), "damaged"),
    "a status that there is not": (changed("records", 0, "status", to="done"), "'done' is not a valid Status"),
    "an output that is no text": (changed("records", 0, "outputs", to={"id": 7}), "hold text only"),
    "a dependency that is no text": (changed("records", 1, "depends_on", to=[7]), "hold text only"),
    "two records at one address": (changed("records", 1, "address", to="role"), "two records have the same address"),
    "an account that is not listed": (
        changed("records", 1, "account", to="third"),
        "link is in the unknown account 'third'",
    ),
    "a circle of dependencies": (
        changed("records", 0, "depends_on", to=["link"]),
        "the dependencies run in a circle: ",
    ),
    "a thing that needs itself": (changed("records", 0, "depends_on", to=["role"]), "role -> role"),
    "a deployment that no command can name": (changed("deployment", to="../prod"), "'../prod' is not a deployment name"),
    "an output that refers to another thing": (changed("records", 0, "outputs", to={"arn": "@{x.y}"}), "hold no references"),
    "a time that is none": (changed("records", 0, "recorded_at", to=-1), "recorded_at is not a number"),
    "a rebuilt state whose lives nobody can count": (changed("recovered", to=LAST), "together are not a number of saves"),
}


@pytest.mark.parametrize(("text", "message"), ODD.values(), ids=ODD)
def test_what_does_not_fit_together_is_refused(text: str, message: str) -> None:
    error = refusal(text)
    assert re.match(r"the file has been damaged or edited by hand: .", error.message)
    assert message in error.message
    assert error.advice.startswith("Nothing was changed.")


HERE = {
    "of IAM": "arn:aws:iam::111122223333:role/vendor",
    "of S3": "arn:aws:s3:::bucket",
    "of Batch": "arn:aws:batch:us-east-1:111122223333:job-queue/q",
    "of AWS itself": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "of no shape": "arn:x",
}
ELSEWHERE = {
    "of another account": "arn:aws:iam::444455556666:role/vendor",
    "of another region": "arn:aws:batch:us-west-2:111122223333:job-queue/q",
    "of another partition": "arn:aws-cn:s3:::bucket",
}


@pytest.mark.parametrize("arn", HERE.values(), ids=HERE)
def test_an_arn_of_the_records_account_and_region_is_fine(arn: str) -> None:
    assert load(changed("records", 0, "outputs", to={"arn": arn})).records["role"].outputs == {"arn": arn}


@pytest.mark.parametrize("arn", ELSEWHERE.values(), ids=ELSEWHERE)
def test_an_arn_that_contradicts_the_records_account_or_region_is_refused(arn: str) -> None:
    error = refusal(changed("records", 0, "outputs", to={"arn": arn}))
    where = "role is recorded in account 111122223333, region us-east-1 of aws"
    assert error.message == f"the file has been damaged or edited by hand: {where}, and its arn is {arn}"


def test_the_account_of_an_arn_is_that_of_the_records_own_alias() -> None:
    arn = "arn:aws-cn:batch:cn-north-1:444455556666:job-queue/q"
    assert load(changed("records", 1, "outputs", to={"arn": arn})).records["link"].outputs == {"arn": arn}
    error = refusal(changed("records", 1, "outputs", to={"arn": HERE["of IAM"]}))
    assert "link is recorded in account 444455556666" in error.message


def test_a_dependency_on_what_is_gone_is_fine() -> None:
    assert load(changed("records", 0, "depends_on", to=["gone"])).records["role"].depends_on == ("gone",)


def test_put_replaces_and_drop_forgets_and_neither_touches_the_old_value() -> None:
    gone = STATE.drop("role")
    assert set(gone.records) == {"link"}
    assert set(STATE.records) == {"role", "link"}
    updating = Record(**{**vars(ROLE), "status": Status.UPDATING})
    assert STATE.put(updating).records["role"].status is Status.UPDATING
    assert STATE.records["role"].status is Status.READY
    assert gone.drop("never there") == gone


LOOKUPS: dict[str, tuple[Callable[[], str | None], str | None]] = {
    "an output that is recorded": (lambda: STATE.output("role", "role_id"), "AROAEXAMPLE"),
    "an output that is not known yet": (lambda: STATE.output("link", "role_id"), None),
    "an output of nothing": (lambda: STATE.output("nothing", "role_id"), None),
}


@pytest.mark.parametrize(("look", "found"), LOOKUPS.values(), ids=LOOKUPS)
def test_outputs_are_looked_up(look: Callable[[], str | None], found: str | None) -> None:
    assert look() == found


def test_a_state_that_was_rebuilt_says_so_and_counts_lives_that_no_earlier_one_counted() -> None:
    rebuilt = replace(STATE, recovered=1_800_000_000)
    assert load(rebuilt.to_json()) == rebuilt
    assert rebuilt.generation == 1_800_000_003
    assert "recovered" not in json.loads(STATE.to_json())
    assert STATE.generation == STATE.serial


def test_records_are_forgotten_with_all_that_depends_on_them_or_not_at_all() -> None:
    wanted = replace(STATE, wanted=("role", "link"))
    assert wanted.without(["link"]).records == {"role": ROLE}
    assert wanted.without(["link"]).missing == ()
    assert wanted.without(["link", "role"]).records == {}
    with pytest.raises(StateError, match="link depends on what would be forgotten") as held:
        wanted.without(["role"])
    assert held.value.advice == "Name these too: link."
    with pytest.raises(StateError, match="no record of lnk"):
        wanted.without(["lnk", "link"])


def test_a_state_tells_which_inputs_the_user_gave_unless_it_was_edited() -> None:
    state = replace(STATE, inputs={"typed": "1", "found": "2"}, given=("typed",))
    again = from_json(state.to_json(), "here")
    assert again == state
    assert again.wishes == {"typed"}
    assert replace(again, edited=True).wishes == frozenset()
    older = replace(state, given=None)
    assert from_json(older.to_json(), "here").wishes == {"typed", "found"}
