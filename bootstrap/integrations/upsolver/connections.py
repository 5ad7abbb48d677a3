"""The SQL that creates Upsolver's connections, and drops them. Syntax: Upsolver's pages for S3, Kinesis and Glue."""

import re
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Protocol


class Data(Protocol):
    """The inputs of `upsolver-data-access` that decide what connections there are."""

    @property
    def connections(self) -> str: ...
    @property
    def places(self) -> tuple[str, ...]: ...
    @property
    def written(self) -> tuple[str, ...]: ...
    @property
    def kinesis_stream(self) -> tuple[str, ...]: ...
    @property
    def glue_database(self) -> tuple[str, ...]: ...
    @property
    def kms_key(self) -> tuple[str, ...]: ...
    @property
    def writes(self) -> bool: ...


def connection_name(value: str) -> str:
    """A check for the beginning of a name in SQL that needs no quotes. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", value):
        raise ValueError(f"{value!r} cannot begin a name in SQL (use a letter, then up to 62 letters, digits and _)")
    return value


def name_from(word: str, role_prefix: str) -> str:
    """A name in SQL that is different for each role prefix: "acme-" gives word_acme, and a prefix that SQL cannot spell
    ("acme_", "a+b") gets a checksum."""
    readable = "_".join(filter(None, [word, *re.split(r"[^A-Za-z0-9]+", role_prefix)]))
    if re.fullmatch(r"([A-Za-z0-9]+-)*", role_prefix):
        return readable
    return f"{readable}__{sha256(role_prefix.encode()).hexdigest()[:8]}"  # a readable name never has two underscores


def connection_files(data: Data, region: str, role: str, external_id: str) -> dict[str, str]:
    """connection.sql with a CREATE for each kind of data, and drop-connection.sql with the DROPs in reverse order.

    `role` is the role's ARN, or a reference to it.
    """
    name = data.connections
    who = [f"AWS_ROLE = {_quoted(role)}", f"EXTERNAL_ID = {_quoted(external_id)}"]
    only_read = ["READ_ONLY = TRUE"]
    key = [f"ENCRYPTION_KMS_KEY = {_quoted(each)}" for each in _common_key(data)]
    where = f"REGION = {_quoted(region)}"
    options: dict[str, list[str]] = {}
    if data.places:
        filters = _filter("PATH", [f"s3://{place}/" for place in data.places])
        options["S3"] = [*filters, *([] if data.written else only_read), *key]
    if data.kinesis_stream:
        options["KINESIS"] = [where, *_filter("STREAM", data.kinesis_stream), *([] if data.writes else only_read)]
    if data.glue_database:
        location = _quoted(f"s3://{(data.written or data.places)[0]}/")
        storage = [f"DEFAULT_STORAGE_CONNECTION = {name}_s3", f"DEFAULT_STORAGE_LOCATION = {location}"]
        options["GLUE_CATALOG"] = [where, *_filter("DATABASE", data.glue_database), *storage]
    create = [
        f"CREATE {kind} CONNECTION {name}_{kind.lower()}\n    " + "\n    ".join([*who, *more]) + ";\n"
        for kind, more in options.items()
    ]
    drop = [f"DROP CONNECTION {name}_{kind.lower()};\n" for kind in reversed(options)]
    return {"connection.sql": "\n".join(create), "drop-connection.sql": "".join(drop)}


def _common_key(data: Data) -> Collection[str]:
    """The key that all places have in common to which Upsolver writes (if it writes to none: from which it reads); empty if
    there is no such key. The option is for the whole connection: with the key of one bucket, Upsolver would also encrypt
    with it in the others, where the role may not. Without the option, each bucket's own default applies."""
    named = [key.rpartition("=") for key in data.kms_key]
    buckets = {place.partition("/")[0] for place in data.written or data.places}
    keys = {bucket: {arn for name, _, arn in named if name in ("", bucket)} for bucket in buckets}
    found = set[str]().union(*keys.values())
    return found if len(found) == 1 and all(keys.values()) else ()


def _filter(what: str, values: Sequence[str]) -> list[str]:
    return [f"{what}_DISPLAY_FILTERS = ({', '.join(_quoted(value) for value in values)})"]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
