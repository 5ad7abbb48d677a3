"""What an option that limits an integration takes away, statement by statement, and what a create adds for KMS keys."""

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import examples
from bootstrap.integrations import integration
from bootstrap.permissions.exposures import FACT
from bootstrap.permissions.hardened import KEY_OF_BUCKET, Limit, keys_added, limited_by, limits_of, limits_on
from bootstrap.permissions.review import review

STAYS = {"HandleNamed", "LaunchNamed", "SpotRequests", "Addresses", "upsolverBucketAccess", "upsolverManagedStream"}
STAYS |= {"AWSCloudFormationReadOnlyAccess", "Monitor", "ScaleOnMetrics"}
PRIVATE = {"external_id": "6f7e2c", "org_id": "acme"}


def limits(name: str, **inputs: object) -> dict[str, Limit]:
    chosen = from_inputs(integration(name), inputs) if inputs else integration(name).example()
    accounts = examples(chosen)
    return {each.flag: each for each in limits_of(chosen, accounts, review(chosen, accounts))}


def test_each_option_that_takes_something_away_is_compared_and_harden_comes_first() -> None:
    found = limits("upsolver-private-vpc")
    assert list(found) == ["--harden", "--without-athena", "--without-spotinst"]
    [athena] = found["--without-athena"].statements
    assert (athena.sid, athena.then) == ("AmazonAthenaFullAccess", None)
    assert athena.now == {"Policy": "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"}
    taken = {each.sid for each in found["--without-spotinst"].statements if each.then is None}
    assert {"SpotIo", "SpotinstPolicies", "SpotinstProfiles"} <= taken


def test_an_option_that_is_on_or_limits_nothing_is_none_of_them() -> None:
    assert list(limits("upsolver-private-vpc", **PRIVATE, without_athena=True)) == ["--harden", "--without-spotinst"]
    assert limits("databricks-unity-catalog") == {}  # --file-events adds, and takes nothing away
    assert limits("rudderstack-s3") == {}  # --harden changes only what a warehouse gets
    assert list(limits("fivetran-s3")) == ["--harden"]


def test_an_option_that_is_on_says_what_it_has_changed_and_ended() -> None:
    off = limits("upsolver-private-vpc")["--harden"]
    chosen = from_inputs(integration("upsolver-private-vpc"), {**PRIVATE, "harden": True})
    accounts = examples(chosen)
    [on] = limits_on(chosen, accounts, review(chosen, accounts))
    assert (on.flag, [each.sid for each in on.statements]) == ("--harden", [each.sid for each in off.statements])
    assert [each.text for each in on.ends] == [each.text for each in off.ends]
    assert [(was.text, left.text) for was, left in on.lessens] == [(was.text, left.text) for was, left in off.lessens]
    plain = integration("upsolver-private-vpc").example()
    assert list(limits_on(plain, examples(plain), review(plain))) == []


def test_an_option_ends_only_the_dangers_that_are_gone_with_it() -> None:
    found = limits("upsolver-private-vpc")
    assert {each.about for each in found["--without-athena"].ends} == {("AmazonAthenaFullAccess",)}
    ruled = [each for each in found["--harden"].ends if each.code]
    assert [(each.code, each.sids) for each in ruled] == [("tags", ("TagClusters",))]


def test_an_option_that_leaves_less_of_a_danger_is_said_to_limit_it() -> None:
    found = limits("upsolver-private-vpc")
    [(now, then)] = found["--harden"].lessens  # volumes that have the tag can still be attached
    assert (now.sids, now.code) == (then.sids, then.code) == (("HandleNamed",), "volumes")
    left = limited_by(now, found.values())
    assert list(left) == ["--harden"]
    assert "which it can set itself" in now.text and "which it can set itself" not in left["--harden"]


def test_a_danger_that_no_option_changes_is_limited_by_none() -> None:
    name = "upsolver-private-vpc"
    found = limits(name)
    for each in review(integration(name).example()).concerns:
        if not limited_by(each, found.values()):
            assert {*each.about} <= STAYS


def test_what_create_adds_for_the_key_of_a_bucket_is_a_statement() -> None:
    def added(name: str) -> list[tuple[str, object]]:
        chosen = integration(name).example()
        accounts = examples(chosen)
        found = keys_added(chosen, accounts, review(chosen, accounts))
        assert all(isinstance(arn, str) for each in found for arn in (each.then or {})["Resource"])
        assert all(KEY_OF_BUCKET in str(each.then) and each.now is None for each in found)
        return [(each.role, each.then and each.then["Action"]) for each in found]

    assert added("aspera-atc") == [("atc-s3-access-keys", ["kms:Decrypt", "kms:GenerateDataKey"])]  # it takes one key
    assert added("snowflake-s3") == [("SnowflakeS3", ["kms:Decrypt"])]
    assert added("airbyte-s3") == [("AirbyteS3", ["kms:Decrypt", "kms:GenerateDataKey"])]


def test_what_a_role_is_for_is_a_fact_that_no_option_makes_less() -> None:
    found = limits("seqera")
    assert {each.code for each in review(integration("seqera").example()).concerns} >= {FACT}
    assert [now.code for limit in found.values() for now, _ in limit.lessens if now.code == FACT] == []
