"""State files that must be refused: cut off, of others, of another version, or edited by hand."""

import json
from typing import Any

from bootstrap.core.account import EXAMPLE
from bootstrap.core.integration import Handoff
from bootstrap.core.state import Record, State, Status

ATTACHMENT = {"role": "R", "role_id": "AROA1", "role_path": "/", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}


def good_state() -> dict[str, Any]:
    """What a state looks like; each case below spoils one thing."""
    record = Record(
        address="athena",
        kind="iam_role_attachment",
        account="default",
        status=Status.READY,
        properties=ATTACHMENT,
        outputs={"role_id": "AROA1"},
    )
    state = State(
        deployment="upsolver-vpc",
        integration="upsolver-vpc",
        lineage="0123456789abcdef",
        accounts={"default": EXAMPLE},
        handoff=Handoff({}).to_json(),
    )
    content: dict[str, Any] = json.loads(state.put(record).to_json())
    return content


def edited(**fields: Any) -> bytes:
    return json.dumps(good_state() | fields).encode()


def record(**fields: Any) -> bytes:
    state = good_state()
    return edited(records=[state["records"][0] | fields])


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in good_state().items() if key != name}).encode()


STATES = {
    "truncated": (json.dumps(good_state(), indent=2).encode()[:-30], "is not a complete state file"),
    "empty": (b"", "is not a complete state file"),
    "binary": (b"\x80\x01", "cannot read the state"),
    "nested for ever": (b"[" * 100_000, "is not a complete state file"),
    "a list": (b"[]", "is not a state file of bootstrap"),
    "of somebody else": (b'{"version": 4, "terraform_version": "1.9"}', "is not a state file of bootstrap"),
    "of a newer version": (edited(schema=2), "has the schema 2; this version of bootstrap knows 1"),
    "of no version": (without("schema"), "has the schema None"),
    "of an odd version": (edited(schema="1"), "has the schema '1'"),
    "without records": (without("records"), "damaged or edited by hand: 'records' is missing"),
    "without a lineage": (without("lineage"), "damaged or edited by hand: 'lineage' is missing"),
    **{
        f"with the {part} {odd!r}": (
            edited(accounts={"default": {"id": "123456789012", "partition": "aws", "region": "us-east-1"} | {part: odd}}),
            "'default' is not an account with an id, a partition and a region",
        )
        for part, odd in (("id", "*"), ("id", "1234"), ("partition", "aws*"), ("region", "*"), ("region", "a:b"))
    },
    "with text for a number": (edited(serial="3"), "serial should be int, it is str"),
    "with yes for a number": (edited(serial=True), "serial should be int, it is bool"),
    "with a list for a table": (edited(inputs=[]), "inputs should be dict, it is list"),
    "with a number for an account": (edited(accounts={"default": 1}), "damaged or edited by hand"),
    "with a record that is none": (edited(records=["role"]), "damaged or edited by hand"),
    "with a status that is none": (record(status="done"), "'done' is not a valid Status"),
    "with an account that is none": (record(account="other"), "is in the unknown account 'other'"),
    "with numbers as outputs": (record(outputs={"role_id": 1}), "outputs and depends_on hold text only"),
    "that runs in a circle": (record(depends_on=["athena"]), "the dependencies run in a circle"),
    "with no number in it": (edited(inputs={"a": float("nan")}), "is not a complete state file"),
    "with half a character": (edited(inputs={"a": "\ud800"}), "surrogates not allowed"),
    "with more digits than a number has": (b'{"tool": "bootstrap", "serial": ' + b"9" * 5000 + b"}", "is not a complete"),
    "nested deeply": (edited(inputs={"a": json.loads("[" * 200 + "]" * 200)}), "it is nested more than 50 levels deep"),
    "that was saved before it was made": (edited(serial=-1), "serial is not a number that bootstrap writes"),
    "that was saved too often": (edited(serial=10**400), "serial is not a number that bootstrap writes"),
    "that refers to what is not there": (
        record(properties=ATTACHMENT | {"role": "@{role.name}"}),
        "athena refers to role, which is not recorded",
    ),
    "that refers to itself": (record(properties=ATTACHMENT | {"role": "@{athena.role}"}), "athena refers to athena"),
    "with a file that is to be written elsewhere": (
        edited(handoff={"values": {}, "steps": [], "files": {"../../.bashrc": "rm -rf ~"}}),
        "'../../.bashrc' is not the name of a file of the handoff",
    ),
    "with a record twice": (edited(records=good_state()["records"] * 2), "two records have the same address"),
}  # fmt: skip


EDITED = {
    "a kind that is none": (record(kind="iam_user"), "does not know the kind 'iam_user'"),
    "a kind that is a path": (record(kind="../../etc"), "does not know the kind '../../etc'"),
    "a kind that is a module": (record(kind="iam"), "does not know the kind 'iam'"),
    "a name that is a number": (
        record(properties=ATTACHMENT | {"role": 7}),
        "values of another type than it may have: role",
    ),
    "a name that is nothing": (record(properties=ATTACHMENT | {"role": None}), "another type than it may have: role"),
    "a property too few": (record(properties={"role": "R"}), "has missing or unknown properties: policy_arn"),
    "a property too many": (
        record(properties=ATTACHMENT | {"more": 1}),
        "has missing or unknown properties: more",
    ),
}
