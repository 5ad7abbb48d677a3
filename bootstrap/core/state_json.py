"""Reads a state from its text. A damaged or badly edited one is refused, with what is wrong. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bootstrap.core import validators
from bootstrap.core.account import Account, SignIn
from bootstrap.core.account_rows import AccountRows
from bootstrap.core.graph import ordered
from bootstrap.core.handoff import AFTERWARD
from bootstrap.core.reference import references
from bootstrap.core.source import Source
from bootstrap.core.state import LAST, MARK, SCHEMA, Record, State, Status, digest
from bootstrap.core.strict_json import strict_json
from bootstrap.errors import BootstrapError, StateError

MOST_RECORDS = 5_000
"""No integration creates more than a few dozen resources."""
DEEPEST = 50
"""The most levels of nested lists and objects; a policy in a record has a dozen."""


def from_json(text: str, where: str) -> State:
    """Raises StateError, naming `where`, when the text is not a state that this version can use."""
    advice = "Nothing was changed. Restore the file from a backup, or choose another with --state."
    try:
        content = strict_json(text.removeprefix("\ufeff"), DEEPEST)
    except ValueError as error:
        raise StateError(f"{where} is not a complete state file: {error}", advice) from error
    if not isinstance(content, dict) or content.get("tool") != MARK:
        raise StateError(f"{where} is not a state file of bootstrap", "Choose another path with --state.")
    schema = content.get("schema")
    if schema != SCHEMA:
        newer = isinstance(schema, int) and schema > SCHEMA
        raise StateError(
            f"{where} has the schema {schema!r}; this version of bootstrap knows {SCHEMA}",
            "It was written by a newer version: upgrade bootstrap." if newer else advice,
        )
    try:
        return _state(content)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, BootstrapError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise StateError(f"{where} has been damaged or edited by hand: {what}", advice) from error


def _state(content: dict[str, Any]) -> State:
    if (count := len(_typed(content, "records", list))) > MOST_RECORDS:
        raise ValueError(f"it has {count:,} records, and {MOST_RECORDS:,} is the most")
    records = [_record(item) for item in content["records"]]
    earlier = [_record(item) for item in _typed({"earlier": [], **content}, "earlier", list)]
    state = State(
        deployment=validators.deployment(_typed(content, "deployment", str)),
        integration=_typed(content, "integration", str),
        source=_source(_typed(content, "source", dict)) if "source" in content else None,
        lineage=_typed(content, "lineage", str),
        accounts={alias: _account(alias, item) for alias, item in _typed(content, "accounts", dict).items()},
        sign_ins={alias: _sign_in(item) for alias, item in _typed(content, "sign_ins", dict).items()},
        inputs=_typed(content, "inputs", dict),
        given=tuple(map(str, _typed(content, "given", list))) if "given" in content else None,
        retired=tuple(map(str, _typed({"retired": [], **content}, "retired", list))),
        handoff=_typed(content, "handoff", dict),
        wanted=tuple(str(item) for item in _typed(content, "wanted", list)),
        plan=_typed({"plan": "", **content}, "plan", str),
        serial=_counted(content, "serial"),
        recovered=_counted({"recovered": 0, **content}, "recovered"),
        records={record.address: record for record in records},
        earlier={record.address: record for record in earlier},
        edited=content.get("digest") != digest(content),
    )
    if state.generation > LAST:
        raise ValueError("serial and recovered together are not a number of saves")
    if len(state.records) != len(records) or len(state.earlier) != len(earlier):
        raise ValueError("two records have the same address")
    if not state.accounts or not set(state.sign_ins) <= set(state.accounts):
        raise ValueError("accounts has at least one alias, and sign_ins has no others")
    for record in (*records, *earlier):
        if record.account not in state.accounts:
            raise ValueError(f"{record.address} is in the unknown account {record.account!r}")
        _check_arns(record, state.accounts[record.account])
    _check_handoff(state.handoff, state.accounts)
    for record in records:
        needed = set(record.depends_on) & set(state.records)
        for address, _ in references(record.properties):
            if address not in needed:
                raise ValueError(f"{record.address} refers to {address}, which is not recorded as what it depends on")
    ordered({record.address: record.depends_on for record in records})
    return state


def _check_arns(record: Record, account: Account) -> None:
    """Raises ValueError if the outputs say that the resource is in another account or region. A search in the wrong place
    would find nothing, and the record would be forgotten.

    An ARN is arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. Those of IAM have no region, those of S3 also no account, and
    those of AWS's own resources have a word in place of the account.
    """
    for name, value in record.outputs.items():
        if not value.startswith("arn:") or value.count(":") < 5:
            continue
        _, partition, _, region, number, _ = value.split(":", 5)
        where = (partition, region or account.region, number if number.isdecimal() else account.id)
        if where != (account.partition, account.region, account.id):
            raise ValueError(
                f"{record.address} is recorded in account {account.id}, region {account.region} of {account.partition}, "
                f"and its {name} is {value}"
            )


def _check_handoff(handoff: Mapping[str, Any], accounts: Mapping[str, Account]) -> None:
    parts = [handoff.get("values", {}), handoff.get("files", {})]
    lists = [handoff.get(name, []) for name in ("steps", *AFTERWARD)]
    if not all(isinstance(part, dict) and all(isinstance(text, str) for text in part.values()) for part in parts):
        raise ValueError("values and files of the handoff hold text only")
    if not all(isinstance(part, list) and all(isinstance(text, str) for text in part) for part in lists):
        raise ValueError(f"steps, {', '.join(AFTERWARD)} of the handoff are lists of text")
    if odd := [name for name in handoff.get("files", {}) if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)]:
        raise ValueError(f"{odd[0]!r} is not the name of a file of the handoff")  # it will be written
    for row in _typed({"rows": [], **handoff}, "rows", list):
        AccountRows.from_json(row)
    for words in dict(handoff.get("commands", {})).values():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("commands of the handoff are lists of text")
    if waiting := handoff.get("waiting"):
        names = _typed(waiting, "inputs", list)
        if not names or not all(isinstance(name, str) for name in names) or not _typed(waiting, "vendor", str):
            raise ValueError("the handoff waits for inputs of a vendor, by their names")
    for hop in handoff.get("chain", []):
        buckets = hop.get("buckets", [])
        texts = {name: value for name, value in hop.items() if name != "buckets"}
        if set(texts) != {"account", "role", "external_id"} or not all(isinstance(text, str) for text in texts.values()):
            raise ValueError("a hop of the handoff's chain has an account, a role and an external id")
        if not isinstance(buckets, list) or any(validators.bucket_prefix(place) != place for place in buckets):
            raise ValueError("the buckets of the handoff's chain are a list of names")
        if hop["account"] not in accounts:
            raise ValueError(f"the handoff's chain is about the unknown account {hop['account']!r}")


def _record(item: Any) -> Record:
    outputs = _typed(item, "outputs", dict)
    depends_on = _typed(item, "depends_on", list)
    if not all(isinstance(text, str) for text in (*outputs, *outputs.values(), *depends_on)):
        raise ValueError("outputs and depends_on hold text only")
    if any(references(outputs)):
        raise ValueError("outputs are values from AWS, and hold no references")
    return Record(
        address=_typed(item, "address", str),
        kind=_typed(item, "kind", str),
        account=_typed(item, "account", str),
        status=Status(_typed(item, "status", str)),
        properties=_typed(item, "properties", dict),
        outputs=outputs,
        depends_on=tuple(depends_on),
        generation=_counted(item, "generation"),
        recorded_at=_counted({"recorded_at": 0, **item}, "recorded_at"),
        changing=tuple(map(str, _typed(item, "changing", list))) if "changing" in item else None,
        kept=_typed({"kept": {}, **item}, "kept", dict),
        adopted=_typed({"adopted": {}, **item}, "adopted", dict),
        created_here=item.get("created_here") is True,
    )


def _account(alias: str, item: Any) -> Account:
    found = Account(alias=alias, **{key: _typed(item, key, str) for key in ("id", "partition", "region")})
    if not found.is_one:
        raise ValueError(f"{alias!r} is not an account with an id, a partition and a region")
    return found


def _sign_in(item: Any) -> SignIn:
    found = SignIn(profile=item["profile"], role_arn=item["role_arn"])
    if not all(value is None or (isinstance(value, str) and value) for value in (found.profile, found.role_arn)):
        raise ValueError("a sign-in has a profile and a role_arn, or null for them")
    return replace(found, role_arn=found.role_arn and validators.role_arn(found.role_arn))


def _source(item: Any) -> Source:
    found = Source(_typed(item, "path", str), _typed(item, "sha256", str))
    if not found.path or not re.fullmatch("[0-9a-f]{64}", found.sha256):
        raise ValueError("the source of the integration is not a file with its digest")
    return found


def _counted(item: Any, key: str) -> int:
    number: int = _typed(item, key, int)
    if not 0 <= number <= LAST:
        raise ValueError(f"{key} is not a number that bootstrap writes")
    return number


def _typed(item: Any, key: str, kind: type) -> Any:
    value = item[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} should be {kind.__name__}, it is {type(value).__name__}")
    return value
