"""A pile of policies becomes one role; placeholders in them become inputs."""

from typing import Any

from bootstrap.drafts.content import Draft, accepted
from bootstrap.drafts.iam_json import draft_of

TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "834469178297"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "<EXTERNAL_ID>"}},
    },
}
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::YOUR-BUCKET/*"}],
}
BUCKET = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}],
}


def drafted(**documents: Any) -> Draft:
    return accepted(draft_of(list(documents.items()), "acme", "Acme"))


def test_a_trust_and_a_policy_are_a_role_with_inputs_for_the_placeholders() -> None:
    draft = drafted(trust=TRUST, read=READ)
    assert draft.left == []
    role = draft.content["resources"]["role"]
    [trust] = role["trust"]
    assert trust["principals"] == {"AWS": ["arn:aws:iam::834469178297:root"]}
    assert trust["conditions"] == {"StringEquals": {"sts:ExternalId": "${input.external_id}"}}
    [read] = role["inline_policies"]["read"]
    assert read["resources"] == ["arn:aws:s3:::${input.your_bucket}/*"]
    assert draft.content["inputs"]["external_id"]["check"] == "external_id"
    assert draft.content["inputs"]["your_bucket"]["help"] == "Set what the policies have as YOUR-BUCKET."
    assert draft.content["partition"] == "aws"


def test_without_a_trust_the_draft_asks_who_comes_in_and_says_so() -> None:
    draft = drafted(read=READ)
    assert [each.path for each in draft.left] == ["the trust policy"]
    [trust] = draft.content["resources"]["role"]["trust"]
    assert trust["conditions"] == {"StringEquals": {"sts:ExternalId": "${input.external_id}"}}


def test_the_policy_of_a_bucket_is_listed() -> None:
    assert [each.path for each in drafted(trust=TRUST, read=READ, bucket=BUCKET).left] == ["bucket"]


def test_statements_of_several_trusts_have_sids_of_their_own() -> None:
    sids = [each["sid"] for each in drafted(one=TRUST, two=TRUST).content["resources"]["role"]["trust"]]
    assert len(set(sids)) == 2
