"""Role-based credentials: whom to trust as the user pastes it, and the SQL that makes the connections."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff
from bootstrap.core.trust_policy import trusted_by
from bootstrap.errors import UsageError
from bootstrap.integrations import integration
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment

UpsolverDataAccess = integration("upsolver-data-access")
ROLE = "arn:aws:iam::111122223333:role/upsolver-acme"
ACCOUNT = "arn:aws:iam::111122223333:root"
OTHER = "arn:aws:iam::111122223333:role/upsolver-other"
ID = {"external_id": "id-7", "trusted_principal": ROLE}
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def statement(**changed: Any) -> dict[str, Any]:
    good = {
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "id-7"}},
    }
    return {key: value for key, value in {**good, **changed}.items() if value is not None}


def pasted(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def built(**given: Any) -> tuple[Graph, Handoff]:
    graph = Graph([EXAMPLE])
    return graph, from_inputs(UpsolverDataAccess, given).build(graph)


def allowed(**given: Any) -> dict[str, dict[str, Any]]:
    """The statements of the policy, by id."""
    graph, _ = built(**ID, **given)
    resource = graph.nodes["policy"].resource
    assert isinstance(resource, IamPolicy)
    return {item["Sid"]: item for item in resource.document["Statement"]}


def sql(**given: Any) -> dict[str, list[str]]:
    """The options of each CREATE, by kind of connection."""
    _, handoff = built(**ID, **given)
    found = {}
    for command in handoff.files["connection.sql"].rstrip().split(";\n"):
        first, *options = [line.strip().removesuffix(";") for line in command.strip().splitlines()]
        kind = re.fullmatch(r"CREATE (\w+) CONNECTION upsolver_(\w+)", first)
        assert kind
        assert kind[1].lower() == kind[2]
        found[kind[1]] = options
    return found


# Whom to trust


@pytest.mark.parametrize(
    ("text", "principals", "ids"),
    [
        (pasted(statement()), (ROLE,), ("id-7",)),
        (pasted(statement(Principal={"AWS": [ROLE, OTHER]})), (ROLE, OTHER), ("id-7",)),
        (pasted(statement(), statement(Principal={"AWS": OTHER})), (ROLE, OTHER), ("id-7",)),
        (pasted(statement(), statement()), (ROLE,), ("id-7",)),
        (pasted(statement(Action=["sts:AssumeRole"])), (ROLE,), ("id-7",)),
        (pasted(statement(Condition={"StringEquals": {"STS:externalid": [" id-7 "]}})), (ROLE,), ("id-7",)),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": ["id-7", "id-8"]}})), (ROLE,), ("id-7", "id-8")),
        (pasted(statement(Principal={"AWS": ACCOUNT})), (ACCOUNT,), ("id-7",)),
        (json.dumps({"Statement": statement()}), (ROLE,), ("id-7",)),
        (pasted(statement(Sid="Any")), (ROLE,), ("id-7",)),
    ],
)  # fmt: skip
def test_a_pasted_entity_tells_principals_and_external_ids(
    text: str, principals: tuple[str, ...], ids: tuple[str, ...]
) -> None:
    assert trusted_by(text) == (principals, ids)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is nested more than 100 levels deep"),
        ('"text"', "each statement must be an Allow"),
        ("[]", "each statement must be an Allow"),
        ("{}", "each statement must be an Allow"),
        (pasted(), "it trusts nobody"),
        (pasted("text"), "each statement must be an Allow"),
        (pasted(statement(Effect="Deny")), "each statement must be an Allow"),
        (pasted(statement(Effect=None)), "each statement must be an Allow"),
        (pasted(statement(Action="sts:*")), "each statement must allow sts:AssumeRole and nothing else"),
        (pasted(statement(Action="*")), "each statement must allow sts:AssumeRole and nothing else"),
        (pasted(statement(Action=["sts:AssumeRole", "sts:TagSession"])), "nothing else"),
        (pasted(statement(Action=None)), "nothing else"),
        (pasted(statement(Action=None, NotAction="s3:*")), "nothing else"),
        (pasted(statement(Principal="*")), "'*' is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": "*"})), "'*' is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": [ROLE, "*"]})), "'*' is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": "arn:aws:iam::*:role/x"})), "is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": "arn:aws:iam::111122223333:role/*"})), "is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": "arn:aws:s3:::bucket"})), "is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": "AROA1234567890EXAMPLE"})), "is not the ARN of a role or user"),
        (pasted(statement(Principal={"Service": "ec2.amazonaws.com"})), "is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": ROLE, "Service": "ec2.amazonaws.com"})), "is not the ARN of a role or user"),
        (pasted(statement(Principal={"Federated": "x"})), "is not the ARN of a role or user"),
        (pasted(statement(Principal=None)), "is not the ARN of a role or user"),
        (pasted(statement(Principal=None, NotPrincipal={"AWS": ROLE})), "is not the ARN of a role or user"),
        (pasted(statement(Principal={"AWS": []})), "trusts nobody"),
        (pasted(statement(Condition=None)), "without an external id"),
        (pasted(statement(Condition={})), "without an external id"),
        (pasted(statement(Condition="text")), "without an external id"),
        (pasted(statement(Condition={"StringEquals": "text"})), "without an external id"),
        (pasted(statement(Condition={"StringLike": {"sts:ExternalId": "*"}})), "without an external id"),
        (pasted(statement(Condition={"StringEqualsIfExists": {"sts:ExternalId": "id-7"}})), "without an external id"),
        (pasted(statement(Condition={"StringNotEquals": {"sts:ExternalId": "id-7"}})), "without an external id"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": "id-7"}, "Bool": {"a": "b"}})), "it also has Bool"),
        (pasted(statement(Condition={"StringEquals": {}})), "without an external id"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": "a1", "aws:x": "b"}})), "it also has aws:x"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": "a1", "STS:externalid": "b"}})), "id twice"),
        (pasted(statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})), "without an external id"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": "i7", "a:b": "c"}})), "and nothing else"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": ""}})), "2 to 1,224 characters"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": "*"}})), "may not contain '*'"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": "<your-id>"}})), "may not contain '<'"),
        (pasted(statement(Condition={"StringEquals": {"sts:ExternalId": []}})), "trusts nobody"),
        (pasted(statement(), statement(Condition=None)), "without an external id"),
        (
            pasted(statement(Condition={"StringEquals": {"sts:ExternalId": []}}), statement(Principal={"AWS": OTHER})),
            "trusts nobody",
        ),
        (
            pasted(statement(), statement(Condition={"StringEquals": {"sts:ExternalId": "id-8"}})),
            "its statements have different external ids",
        ),
    ],
)
def test_an_entity_that_trusts_too_many_or_nobody_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        from_inputs(UpsolverDataAccess, {"trusted_entity": text, "bucket": ["b-1"]})
    assert raised.value.message.startswith("--trusted-entity: ")
    assert reason in raised.value.message
    assert "Security Information" in raised.value.advice


@pytest.mark.parametrize("given", [ID, {"trusted_entity": pasted(statement())}])
def test_the_role_trusts_the_organizations_entity_with_its_external_id(given: dict[str, str]) -> None:
    graph, handoff = built(**given, bucket=["b-1"])
    role = graph.nodes["role"].resource
    assert isinstance(role, IamRole)
    [found] = role.trust["Statement"]
    assert found["Principal"] == {"AWS": [ROLE]}
    assert found["Action"] == ["sts:AssumeRole"]
    assert found["Condition"] == {"StringEquals": {"sts:ExternalId": ["id-7"]}}
    assert handoff.values["External id"] == "id-7"
    assert "EXTERNAL_ID = 'id-7'" in handoff.files["connection.sql"]


@pytest.mark.parametrize("also", [{"external_id": "id-7"}, {"trusted_principal": ROLE}, ID])
def test_an_entity_and_its_parts_are_not_given_together(also: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="omit --external-id and --trusted-principal"):
        built(trusted_entity=pasted(statement()), bucket=["b-1"], **also)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "--external-id, --trusted-principal, --bucket"),
        ({"bucket": ["b-1"]}, "--external-id, --trusted-principal"),
        ({"bucket": ["b-1"], "external_id": "id-7"}, "--trusted-principal"),
        ({"trusted_entity": pasted(statement())}, "--bucket"),
        ({**ID, "kms_key": KEY}, "--bucket"),
    ],
)
def test_what_is_missing_is_named(given: dict[str, Any], missing: str) -> None:
    with pytest.raises(UsageError) as raised:
        built(**given)
    assert raised.value.message == f"upsolver-data-access needs {missing}"


def test_without_data_there_is_nothing_to_build() -> None:
    given: dict[str, Any] = {**ID, "kms_key": (KEY,)}
    with pytest.raises(UsageError, match="name the data"):
        UpsolverDataAccess(**given).build(Graph([EXAMPLE]))


# What it may do


def test_reading_and_writing_differ_by_what_writes() -> None:
    data: dict[str, Any] = {"bucket": ["b-1"], "kms_key": KEY, "kinesis_stream": ["s"], "glue_database": ["d"]}
    read, write = allowed(**data), allowed(**data, access="read-write")
    assert set(read) == {"FindBucket1", "ListBucket1", "ReadObjects1", "UseKey", "Streams", "ListStreams", "Catalog"}
    more = {
        "WriteObjects1": set(write["WriteObjects1"]["Action"]) - set(read["ReadObjects1"]["Action"]),
        **{
            sid: set(write[sid]["Action"]) - set(read[sid]["Action"])
            for sid in read
            if sid in write and write[sid] != read[sid]
        },
    }
    assert more == {
        "WriteObjects1": {"s3:PutObject", "s3:DeleteObject"},
        "UseKey": {"kms:GenerateDataKey"},
        "Streams": {"kinesis:PutRecord", "kinesis:PutRecords"},
        "Catalog": {
            f"glue:{name}"
            for name in (
                "CreateTable", "UpdateTable", "DeleteTable", "CreatePartition", "UpdatePartition", "DeletePartition",
                "BatchCreatePartition", "BatchDeletePartition",
            )
        },
    }  # fmt: skip
    reading = [action.split(":")[1] for item in read.values() for action in item["Action"]]
    assert all(re.match(r"Get|List|Describe|Decrypt", name) for name in reading)


def test_everything_is_for_the_named_data_only() -> None:
    found = allowed(bucket=["b-1", "b-2/raw/in"], kms_key=KEY, kinesis_stream=["s"], glue_database=["d"])
    places = {sid: item["Resource"] for sid, item in found.items()}
    here = "us-east-1:123456789012"
    assert places == {
        "FindBucket1": ["arn:aws:s3:::b-1"],
        "ListBucket1": ["arn:aws:s3:::b-1"],
        "ReadObjects1": ["arn:aws:s3:::b-1/*"],
        "FindBucket2": ["arn:aws:s3:::b-2"],
        "ListBucket2": ["arn:aws:s3:::b-2"],
        "ReadObjects2": ["arn:aws:s3:::b-2/raw/in/*"],
        "UseKey": [KEY],
        "Streams": [f"arn:aws:kinesis:{here}:stream/s"],
        "ListStreams": ["*"],
        "Catalog": [f"arn:aws:glue:{here}:catalog", f"arn:aws:glue:{here}:database/d", f"arn:aws:glue:{here}:table/d/*"],
    }
    assert found["ListBucket2"]["Condition"] == {"StringLike": {"s3:prefix": ["raw/in/*"]}}
    assert [sid for sid, item in found.items() if "Condition" in item] == ["ListBucket2"]


def test_no_key_is_granted_where_none_is_named() -> None:
    assert "UseKey" not in allowed(bucket=["b-1"])
    assert "ENCRYPTION_KMS_KEY" not in str(sql(bucket=["b-1"]))


def test_a_catalog_needs_a_bucket_for_its_tables() -> None:
    with pytest.raises(UsageError, match="--glue-database also needs --bucket"):
        built(**ID, glue_database=["d"])


def test_the_policy_is_attached_to_the_role() -> None:
    graph, _ = built(**ID, bucket=["b-1"], path="/team/")
    attachment = graph.nodes["attachment"]
    assert attachment.depends_on == ("policy", "role")
    assert isinstance(attachment.resource, IamRoleAttachment)
    assert replace(attachment.resource, why="", source="") == IamRoleAttachment(
        role="@{role.name}", role_id="@{role.role_id}", role_path="/team/", policy_arn="@{policy.arn}"
    )


# The SQL

WHO = ["AWS_ROLE = '@{role.arn}'", "EXTERNAL_ID = 'id-7'"]


def test_reading_a_bucket_is_one_connection_that_only_reads() -> None:
    assert sql(bucket=["b-1", "b-2/raw"]) == {
        "S3": [*WHO, "PATH_DISPLAY_FILTERS = ('s3://b-1/', 's3://b-2/raw/')", "READ_ONLY = TRUE"]
    }


def test_writing_into_a_bucket_with_a_key_names_the_key() -> None:
    assert sql(bucket=["b-1"], access="read-write", kms_key=KEY) == {
        "S3": [*WHO, "PATH_DISPLAY_FILTERS = ('s3://b-1/')", f"ENCRYPTION_KMS_KEY = '{KEY}'"]
    }


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"bucket": ["b-1", "b-1/in"], "access": "read-write", "kms_key": [f"b-1={KEY}"]}, True),
        ({"bucket": ["b-1", "b-2"], "access": "read-write", "kms_key": [f"b-1={KEY}", f"b-2={KEY}"]}, True),
        ({"read_bucket": ["b-1"], "write_bucket": ["b-2"], "kms_key": [f"b-2={KEY}"]}, True),
        ({"read_bucket": ["b-1"], "write_bucket": ["b-2"], "kms_key": [f"b-1={KEY}"]}, False),
        ({"bucket": ["b-1", "b-2"], "access": "read-write", "kms_key": [f"b-1={KEY}"]}, False),
        ({"bucket": ["b-1", "b-2"], "access": "read-write", "kms_key": [KEY, f"b-2={KEY}2"]}, False),
        ({"bucket": ["b-1", "b-2"], "kms_key": [f"b-1={KEY}"]}, False),
    ],
)
def test_a_connection_names_a_key_only_if_it_is_that_of_every_bucket_that_is_written_to(
    given: dict[str, Any], named: bool
) -> None:
    assert (f"ENCRYPTION_KMS_KEY = '{KEY}'" in sql(**given)["S3"]) is named
    assert named or "ENCRYPTION_KMS_KEY" not in str(sql(**given))


@pytest.mark.parametrize(("access", "more"), [("read", ["READ_ONLY = TRUE"]), ("read-write", [])])
def test_a_stream_alone_is_one_connection_in_its_region(access: str, more: list[str]) -> None:
    assert sql(kinesis_stream=["clicks", "orders"], access=access) == {
        "KINESIS": [*WHO, "REGION = 'us-east-1'", "STREAM_DISPLAY_FILTERS = ('clicks', 'orders')", *more]
    }


def test_a_catalog_stores_its_tables_in_the_first_bucket() -> None:
    found = sql(bucket=["b-1/lake", "b-2"], glue_database=["d", "e"], access="read-write")
    assert list(found) == ["S3", "GLUE_CATALOG"]
    assert found["GLUE_CATALOG"] == [
        *WHO,
        "REGION = 'us-east-1'",
        "DATABASE_DISPLAY_FILTERS = ('d', 'e')",
        "DEFAULT_STORAGE_CONNECTION = upsolver_s3",
        "DEFAULT_STORAGE_LOCATION = 's3://b-1/lake/'",
    ]


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ({"bucket": ["b-1"]}, ["S3"]),
        ({"kinesis_stream": ["s"]}, ["KINESIS"]),
        ({"bucket": ["b-1"], "kinesis_stream": ["s"]}, ["S3", "KINESIS"]),
        ({"bucket": ["b-1"], "glue_database": ["d"]}, ["S3", "GLUE_CATALOG"]),
        ({"bucket": ["b-1"], "kinesis_stream": ["s"], "glue_database": ["d"]}, ["S3", "KINESIS", "GLUE_CATALOG"]),
    ],
)
def test_connections_are_dropped_in_the_reverse_of_the_order_in_which_they_are_made(
    given: dict[str, Any], kinds: list[str]
) -> None:
    assert list(sql(**given)) == kinds
    _, handoff = built(**ID, **given)
    dropped = "".join(f"DROP CONNECTION upsolver_{kind.lower()};\n" for kind in reversed(kinds))
    assert handoff.files["drop-connection.sql"] == dropped


def names(**given: Any) -> set[str]:
    """The connections that connection.sql makes; drop-connection.sql drops the same ones."""
    _, handoff = built(**ID, bucket=["b-1"], kinesis_stream=["s"], glue_database=["d"], **given)
    made = set(re.findall(r"CREATE \w+ CONNECTION (\w+)\n", handoff.files["connection.sql"]))
    assert len(made) == 3
    assert set(re.findall(r"DROP CONNECTION (\w+);\n", handoff.files["drop-connection.sql"])) == made
    storage = re.findall(r"DEFAULT_STORAGE_CONNECTION = (\w+)\n", handoff.files["connection.sql"])
    assert set(storage) < made
    return made


@pytest.mark.parametrize(
    ("given", "prefix"),
    [
        ({}, "upsolver"),
        ({"role_prefix": "acme-"}, "upsolver_acme"),
        ({"role_prefix": "2nd-team-"}, "upsolver_2nd_team"),
        ({"role_prefix": "2nd+team."}, "upsolver_2nd_team__ebf5feb8"),
        ({"role_prefix": "acme-", "connection_prefix": "upsolver"}, "upsolver"),
        ({"connection_prefix": "Lake_2"}, "Lake_2"),
    ],
)
def test_another_deployment_has_connections_of_its_own(given: dict[str, str], prefix: str) -> None:
    assert names(**given) == {f"{prefix}_s3", f"{prefix}_kinesis", f"{prefix}_glue_catalog"}


def test_no_two_role_prefixes_give_a_connection_the_same_name() -> None:
    prefixes = ["", "+", "-", "_", "a", "a-", "a_", "a+", "a.", "-a", "-a-", "a--", "a-b-", "a_b-", "a-b", "ab-", "a__b-"]
    made = [names(role_prefix=prefix) for prefix in prefixes]
    assert len({name for found in made for name in found}) == 3 * len(prefixes)


@pytest.mark.parametrize("wrong", ["my-lake", "2nd", "a b", "a;DROP", 'a"', "ü", "x" * 64])
def test_what_sql_takes_for_no_name_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match=r"--connection-prefix: .* cannot begin a name in SQL"):
        built(**ID, bucket=["b-1"], connection_prefix=wrong)


def test_some_data_is_read_and_some_written_by_one_role() -> None:
    given: dict[str, Any] = {"read_bucket": ["raw"], "write_bucket": ["out/x"], "glue_database": ["d"]}
    found = allowed(**given)
    assert {sid for sid in found if "Objects" in sid} == {"ReadObjects1", "WriteObjects2"}
    assert "READ_ONLY = TRUE" not in sql(**given)["S3"]
    assert sql(**given)["GLUE_CATALOG"][-1] == "DEFAULT_STORAGE_LOCATION = 's3://out/x/'"


def test_more_data_than_a_policy_takes_is_refused_before_the_first_call() -> None:
    graph, _ = built(**ID, bucket=[f"bucket-{number}" for number in range(200)])
    [problem] = graph.validate()
    assert "6,144" in problem


def test_a_quote_in_a_name_stays_inside_its_string() -> None:
    found = sql(bucket=["b-1/it's; DROP"], glue_database=["d"])
    assert found["S3"][2] == "PATH_DISPLAY_FILTERS = ('s3://b-1/it''s; DROP/')"
    assert found["GLUE_CATALOG"][-1] == "DEFAULT_STORAGE_LOCATION = 's3://b-1/it''s; DROP/'"


def test_the_role_stands_in_the_sql_once_it_is_known() -> None:
    _, handoff = built(**ID, bucket=["b-1"])
    filled = Handoff.from_json(handoff.to_json(), lambda address, name: f"{address}/{name}")
    assert "AWS_ROLE = 'role/arn'" in filled.files["connection.sql"]
