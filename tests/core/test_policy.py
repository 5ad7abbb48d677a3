"""Policy documents: what IAM reads alike is equal, what it reads differently is not, what it refuses is found."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st

from bootstrap.core.policy import (
    MANAGED_LIMIT,
    VERSION,
    Statement,
    canonical,
    characters,
    dead_principals,
    document,
    documents_within,
    policy_problems,
)
from bootstrap.core.policy_text import placeholders

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
TRUST = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
BOOL = {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
KEYS = {**ALLOW, "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]}}}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": list(statements)}


EQUAL: dict[str, tuple[Any, Any]] = {
    "JSON text": (policy(ALLOW), json.dumps(policy(ALLOW), indent=4)),
    "URL-encoded JSON text, as IAM answers": (policy(ALLOW), quote(json.dumps(policy(ALLOW)))),
    "the order of keys": (policy(ALLOW), policy(dict(reversed(ALLOW.items())))),
    "the order of statements": (policy(ALLOW, TRUST), policy(TRUST, ALLOW)),
    "one statement and a list of one": (policy(ALLOW), {"Version": VERSION, "Statement": ALLOW}),
    "one action and a list of one": (policy(ALLOW), policy({**ALLOW, "Action": ["s3:GetObject"]})),
    "one resource and a list of one": (policy(ALLOW), policy({**ALLOW, "Resource": ["arn:aws:s3:::data/*"]})),
    "the order of actions": (
        policy({**ALLOW, "Action": ["s3:GetObject", "s3:ListBucket"]}),
        policy({**ALLOW, "Action": ["s3:ListBucket", "s3:GetObject"]}),
    ),
    "an action named twice": (policy(ALLOW), policy({**ALLOW, "Action": ["s3:GetObject", "s3:getobject"]})),
    "the letter case of actions": (policy(ALLOW), policy({**ALLOW, "Action": "S3:getObject"})),
    "an account id and its root ARN": (
        policy(TRUST),
        policy({**TRUST, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}),
    ),
    "an account id and its root ARN in China": (
        policy(TRUST),
        policy({**TRUST, "Principal": {"AWS": ["arn:aws-cn:iam::111122223333:root"]}}),
    ),
    "everybody in both spellings": (policy({**TRUST, "Principal": "*"}), policy({**TRUST, "Principal": {"AWS": "*"}})),
    "the order of principals": (
        policy({**TRUST, "Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"]}}),
        policy({**TRUST, "Principal": {"Service": ["b.amazonaws.com", "a.amazonaws.com"]}}),
    ),
    "true and its text": (policy(BOOL), policy({**BOOL, "Condition": {"Bool": {"aws:SecureTransport": False}}})),
    "a number and its text": (
        policy({**ALLOW, "Condition": {"NumericLessThan": {"s3:max-keys": 10}}}),
        policy({**ALLOW, "Condition": {"NumericLessThan": {"s3:max-keys": ["10"]}}}),
    ),
    "the letter case of condition keys": (
        policy(BOOL),
        policy({**BOOL, "Condition": {"Bool": {"aws:securetransport": "false"}}}),
    ),
    "the order of a condition's values": (
        policy(KEYS),
        policy({**KEYS, "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["blue", "red"]}}}),
    ),
    "Sids": (policy({"Sid": "One", **ALLOW}), policy({"Sid": "Two", **ALLOW})),
    "a missing version and the oldest": ({"Statement": [ALLOW]}, {"Version": "2008-10-17", "Statement": [ALLOW]}),
}

DIFFERENT: dict[str, tuple[Any, Any]] = {
    "another action": (policy(ALLOW), policy({**ALLOW, "Action": "s3:PutObject"})),
    "one action more": (policy(ALLOW), policy({**ALLOW, "Action": ["s3:GetObject", "s3:PutObject"]})),
    "another resource": (policy(ALLOW), policy({**ALLOW, "Resource": "arn:aws:s3:::other/*"})),
    "the letter case of a resource": (policy(ALLOW), policy({**ALLOW, "Resource": "arn:aws:s3:::Data/*"})),
    "a missing condition": (policy(BOOL), policy(ALLOW)),
    "another value in a condition": (
        policy(BOOL),
        policy({**BOOL, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    ),
    "the letter case of a condition's value": (
        policy(KEYS),
        policy({**KEYS, "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["Red", "blue"]}}}),
    ),
    "another condition operator": (
        policy(KEYS),
        policy({**KEYS, "Condition": {"StringLike": {"aws:PrincipalTag/team": ["red", "blue"]}}}),
    ),
    "Deny and Allow": (policy(ALLOW), policy({**ALLOW, "Effect": "Deny"})),
    "Action and NotAction": (
        policy(ALLOW),
        policy({"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": ALLOW["Resource"]}),
    ),
    "another version": (policy(ALLOW), {"Version": "2008-10-17", "Statement": [ALLOW]}),
    "a missing version, which is the oldest": (policy(ALLOW), {"Statement": [ALLOW]}),
    "another principal": (policy(TRUST), policy({**TRUST, "Principal": {"AWS": "444455556666"}})),
    "an account and one role in it": (
        policy(TRUST),
        policy({**TRUST, "Principal": {"AWS": "arn:aws:iam::111122223333:role/root"}}),
    ),
    "a service and an account of the same name": (
        policy(TRUST),
        policy({**TRUST, "Principal": {"Service": "111122223333"}}),
    ),
    "one statement more": (policy(ALLOW), policy(ALLOW, TRUST)),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_iam_reads_these_alike(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_iam_reads_these_differently(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("odd", [None, "not JSON", 7, [], policy("not a statement")], ids=str)
def test_what_is_no_policy_equals_none(odd: Any) -> None:
    assert canonical(odd) != canonical(policy(ALLOW))


def test_a_percent_sign_inside_of_a_document_is_no_encoding() -> None:
    odd = policy({**ALLOW, "Resource": "arn:aws:s3:::data/100%25"})
    assert canonical(json.dumps(odd)) == canonical(odd)


one_or_more = st.lists(st.sampled_from(["s3:Get*", "s3:PutObject", "iam:PassRole"]), min_size=1, max_size=3)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": one_or_more},
    optional={
        "Sid": st.sampled_from(["A", "B"]),
        "Resource": st.lists(st.sampled_from(["*", "arn:aws:s3:::a", "arn:aws:s3:::b"]), min_size=1, max_size=3),
        "Principal": st.dictionaries(
            st.sampled_from(["AWS", "Service"]),
            st.lists(st.sampled_from(["111122223333", "ec2.amazonaws.com", "AROAEXAMPLEEXAMPLE"]), min_size=1, max_size=2),
        ),
        "Condition": st.dictionaries(
            st.sampled_from(["Bool", "StringEquals"]),
            st.dictionaries(st.sampled_from(["aws:username", "s3:prefix"]), st.lists(st.booleans() | st.text(), min_size=1)),
        ),
    },
)
documents = st.fixed_dictionaries({"Version": st.just(VERSION), "Statement": st.lists(statements, max_size=3)})


def respelt(value: Any, draw: st.DrawFn) -> Any:
    """The same in another spelling: lists shuffled, a list of one as that one."""
    match value:
        case [item] if draw(st.booleans()):
            return respelt(item, draw)
        case list():
            return [respelt(item, draw) for item in draw(st.permutations(value))]
        case dict():
            return {key: respelt(item, draw) for key, item in draw(st.permutations(list(value.items())))}
    return value


@settings(deadline=None, derandomize=True)
@given(documents)
def test_the_canonical_form_is_its_own_canonical_form(content: Any) -> None:
    assert canonical(canonical(content)) == canonical(content)


@settings(deadline=None, derandomize=True)
@given(st.data())
def test_shuffling_and_single_values_change_nothing(data: st.DataObject) -> None:
    content = data.draw(documents)
    other = data.draw(st.composite(lambda draw: respelt(content, draw))())
    assert canonical(other) == canonical(content)
    assert canonical(quote(json.dumps(other))) == canonical(content)


@settings(deadline=None, derandomize=True)
@given(documents, documents)
def test_different_effects_or_actions_are_never_equal(one: Any, other: Any) -> None:
    def core(content: Any) -> list[Any]:
        return sorted((item["Effect"], sorted({name.lower() for name in item["Action"]})) for item in content["Statement"])

    if core(one) != core(other):
        assert canonical(one) != canonical(other)


def test_a_principal_that_was_deleted_shows_as_a_unique_id() -> None:
    trust = policy(
        {**TRUST, "Principal": {"AWS": ["AROAEXAMPLEEXAMPLE", "arn:aws:iam::111122223333:role/vendor"]}},
        {**TRUST, "Principal": {"AWS": "AIDAEXAMPLEEXAMPLE", "Service": "ec2.amazonaws.com"}},
    )
    assert sorted(dead_principals(trust)) == ["AIDAEXAMPLEEXAMPLE", "AROAEXAMPLEEXAMPLE"]


def test_also_who_is_excepted_or_was_a_session_of_a_role_may_be_dead() -> None:
    excepted = {"Effect": "Deny", "NotPrincipal": {"AWS": "AROAEXAMPLEEXAMPLE:session"}, "Action": "sts:AssumeRole"}
    assert dead_principals(policy(excepted)) == ["AROAEXAMPLEEXAMPLE:session"]


@pytest.mark.parametrize("trust", [policy(TRUST), policy({**TRUST, "Principal": "*"}), policy(ALLOW), None, "?"], ids=str)
def test_who_is_alive_is_not_taken_for_dead(trust: Any) -> None:
    assert dead_principals(trust) == []


def test_white_space_is_free() -> None:
    assert characters(policy(ALLOW)) == len(json.dumps(policy(ALLOW), separators=(",", ":")))
    assert characters({"Sid": "a b c"}) == characters({"Sid": "abc"})


def test_letters_beyond_ascii_count_as_one() -> None:
    assert characters({"Sid": "ü"}) == len('{"Sid":"ü"}')


def test_a_good_policy_has_no_problem() -> None:
    assert policy_problems(policy(ALLOW, KEYS), MANAGED_LIMIT) == []


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:s3:::home/${aws:username}/*",
        "arn:aws:s3:::home/${aws:PrincipalTag/team, 'none'}/*",
        "arn:aws:s3:::home/${cognito-identity.amazonaws.com:sub}/*",
        "arn:aws:s3:::price-in-${$}",
        "arn:aws:s3:::all-${*}",
        "arn:aws:s3:::any-${?}",
        "arn:aws:sqs:us-east-1:123456789012:QUEUE_NAME",
        "arn:aws:ssm:us-east-1:123456789012:parameter/app/ACCOUNT_ID",
        "arn:aws:s3:::data/EXCHANGE_ME/CHANGE_MEDIA/YOURS/*",
        "arn:aws:s3:::your-bucket/[a-z]/[AB]/*",
        "arn:aws:kms:${aws:RequestedRegion}:${aws:PrincipalAccount}:key/{1}",
        "[PROD]",
        "REGION",
    ],
)
def test_variables_of_iam_and_names_in_capitals_are_no_placeholders(text: str) -> None:
    assert placeholders(text) == []
    assert policy_problems(policy({**ALLOW, "Resource": text}), MANAGED_LIMIT) == []


@pytest.mark.parametrize(
    "placeholder",
    ["${Region}", "${AWS::Region}", "${bucket_name}", "${}", "<get_from_upsolver>", "<YOUR-BUCKET>", "@{role.arn}"],
)
def test_a_placeholder_is_refused(placeholder: str) -> None:
    content = policy({**ALLOW, "Resource": f"arn:aws:s3:::{placeholder}/*"})
    assert policy_problems(content, MANAGED_LIMIT) == [f"the policy still holds the placeholder {placeholder}"]


@pytest.mark.parametrize(
    "likely", ["{{bucket}}", "{{ bucket }}", "[BUCKET_NAME]", "REPLACE_ME", "CHANGEME", "REPLACE-ME_BUCKET", "YOUR_BUCKET"]
)
def test_what_looks_like_a_placeholder_is_found_and_not_refused(likely: str) -> None:
    """Somebody's bucket, folder or external id may be called so."""
    arn = f"arn:aws:s3:::{likely}/*"
    assert placeholders(arn) == [likely]
    assert policy_problems(policy({**ALLOW, "Resource": arn}), MANAGED_LIMIT) == []


def test_no_region_and_no_account_is_a_word_in_capitals() -> None:
    assert placeholders("arn:aws:sqs:AWS_REGION:1:q") == ["AWS_REGION"]
    assert placeholders("arn:aws:iam::ACCOUNT_ID:role/x") == ["ACCOUNT_ID"]


@pytest.mark.parametrize("version", ["2008-10-17", None, "2012-10-18"])
def test_another_version_is_refused(version: str | None) -> None:
    content = {"Version": version, "Statement": [ALLOW]} if version else {"Statement": [ALLOW]}
    assert policy_problems(content, MANAGED_LIMIT) == [f'the policy has the version {version!r}; it must be "2012-10-17"']


def test_a_letter_that_iam_does_not_take_is_named() -> None:
    content = policy({"Sid": "Data \N{EM DASH} all of it", **ALLOW})
    assert policy_problems(content, MANAGED_LIMIT) == [
        "the policy holds '\N{EM DASH}', a character that IAM does not accept"
    ]


def test_a_policy_that_is_too_long_is_refused_with_both_sizes() -> None:
    content = policy({**ALLOW, "Resource": ["arn:aws:s3:::" + "x" * 7000]})
    size = characters(content)
    assert size > 7000
    assert policy_problems(content, MANAGED_LIMIT) == [
        f"the policy has {size:,} characters without white space; IAM takes 6,144"
    ]
    assert policy_problems(content, size) == []


@pytest.mark.parametrize("odd", [None, {}, {"Version": VERSION}, policy(), []], ids=str)
def test_a_policy_without_a_statement_is_refused(odd: Any) -> None:
    assert policy_problems(odd, MANAGED_LIMIT) == ["the policy has no statement"]


def test_all_problems_are_told_at_once() -> None:
    content = {"Version": "2008-10-17", "Statement": [{**ALLOW, "Resource": "${Region}\N{EM DASH}"}]}
    assert len(policy_problems(content, 10)) == 4


def test_a_statement_becomes_the_json_that_iam_takes() -> None:
    statement = Statement(
        sid="Read",
        actions=("s3:GetObject",),
        resources=("arn:aws:s3:::data/*",),
        conditions={"Bool": {"aws:SecureTransport": "true"}},
        why="to read the data",
        source="a page",
    )
    assert document([statement]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::data/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }


def test_a_statement_with_principals_is_for_a_trust_policy_and_names_no_resource() -> None:
    statement = Statement(
        sid="Trust", actions=("sts:AssumeRole",), principals={"Service": ("ec2.amazonaws.com",)}, why="w", source="s"
    )
    assert statement.to_json() == {
        "Sid": "Trust",
        "Effect": "Allow",
        "Principal": {"Service": ["ec2.amazonaws.com"]},
        "Action": ["sts:AssumeRole"],
    }


def test_a_statement_can_deny_and_be_about_all_but_some_resources() -> None:
    statement = Statement(sid="A", effect="Deny", actions=("s3:*",), not_resources=("arn:aws:s3:::a",), why="w", source="s")
    assert statement.to_json() == {"Sid": "A", "Effect": "Deny", "Action": ["s3:*"], "NotResource": ["arn:aws:s3:::a"]}


def test_a_statement_of_the_policy_of_a_resource_has_principals_and_resources() -> None:
    principals = {"AWS": ("111122223333",)}
    statement = Statement(
        sid="A", actions=("s3:GetObject",), principals=principals, resources=("arn:aws:s3:::a/*",), why="w", source="s"
    )
    assert statement.to_json()["Principal"] == {"AWS": ["111122223333"]}
    assert statement.to_json()["Resource"] == ["arn:aws:s3:::a/*"]


def on(sid: str, place: str, **given: Any) -> Statement:
    return Statement(sid=sid, actions=("s3:GetObject",), resources=(place,), why="", source="", **given)


def test_statements_that_differ_in_resources_only_become_one_where_the_policies_are_too_long() -> None:
    held = {"StringLike": {"s3:prefix": ["a"]}}
    granted = {"one": [on("A", "a"), on("B", "b", conditions=held), on("C", "c")], "two": [on("A", "d")]}
    whole = {name: document(statements) for name, statements in granted.items()}
    size = sum(map(characters, whole.values()))
    assert documents_within(granted, size) == whole
    shorter = documents_within(granted, size - 1)
    assert [(item["Sid"], item["Resource"]) for item in shorter["one"]["Statement"]] == [("A", ["a", "c"]), ("B", ["b"])]
    assert shorter["two"] == whole["two"]


def test_a_statement_that_denies_is_never_joined_with_one_that_allows() -> None:
    granted = {"one": [on("A", "a"), on("B", "b", effect="Deny"), on("C", "*", not_resources=("c",))]}
    assert documents_within(granted, 1) == {"one": document(granted["one"])}
