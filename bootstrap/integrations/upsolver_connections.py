"""The SQL that makes Upsolver's connections, and drops them again. Syntax: Upsolver's pages for S3, Kinesis and Glue."""

from collections.abc import Sequence
from typing import Protocol


class Data(Protocol):
    """What the connections are for: the inputs of `upsolver-data-access`."""

    @property
    def bucket(self) -> tuple[str, ...]: ...
    @property
    def kinesis_stream(self) -> tuple[str, ...]: ...
    @property
    def glue_database(self) -> tuple[str, ...]: ...
    @property
    def kms_key(self) -> str | None: ...
    @property
    def writes(self) -> bool: ...


def connection_files(data: Data, region: str, role: str, external_id: str) -> dict[str, str]:
    """connection.sql with a CREATE for each kind of data, and drop-connection.sql with the DROPs in turned-round order.

    `role` is the role's ARN, or a reference to it.
    """
    who = [f"AWS_ROLE = {_quoted(role)}", f"EXTERNAL_ID = {_quoted(external_id)}"]
    only_read = [] if data.writes else ["READ_ONLY = TRUE"]
    key = [f"ENCRYPTION_KMS_KEY = {_quoted(data.kms_key)}"] if data.kms_key else []
    where = f"REGION = {_quoted(region)}"
    options: dict[str, list[str]] = {}
    if data.bucket:
        options["S3"] = [*_filter("PATH", [f"s3://{place}/" for place in data.bucket]), *only_read, *key]
    if data.kinesis_stream:
        options["KINESIS"] = [where, *_filter("STREAM", data.kinesis_stream), *only_read]
    if data.glue_database:
        location = _quoted(f"s3://{data.bucket[0]}/")
        storage = ["DEFAULT_STORAGE_CONNECTION = upsolver_s3", f"DEFAULT_STORAGE_LOCATION = {location}"]
        options["GLUE_CATALOG"] = [where, *_filter("DATABASE", data.glue_database), *storage]
    create = [
        f"CREATE {kind} CONNECTION upsolver_{kind.lower()}\n    " + "\n    ".join([*who, *more]) + ";\n"
        for kind, more in options.items()
    ]
    drop = [f"DROP CONNECTION upsolver_{kind.lower()};\n" for kind in reversed(options)]
    return {"connection.sql": "\n".join(create), "drop-connection.sql": "".join(drop)}


def _filter(what: str, values: Sequence[str]) -> list[str]:
    return [f"{what}_DISPLAY_FILTERS = ({', '.join(_quoted(value) for value in values)})"]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
