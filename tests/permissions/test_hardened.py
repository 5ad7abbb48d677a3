"""What an option that limits an integration takes away, statement by statement, and what a create adds for KMS keys."""

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import examples
from bootstrap.integrations import integration
from bootstrap.permissions.hardened import KEY_OF_BUCKET, Limit, keys_added, limits_of
from bootstrap.permissions.review import review

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


def test_an_option_ends_only_the_dangers_that_are_gone_with_it() -> None:
    found = limits("upsolver-private-vpc")
    assert {each.sid for each in found["--without-athena"].ends} == {"AmazonAthenaFullAccess"}
    assert found["--harden"].ends == ()  # volumes that have the tag can still be attached


def test_what_create_adds_for_the_key_of_a_bucket_is_a_statement() -> None:
    def added(name: str) -> list[tuple[str, object]]:
        chosen = integration(name).example()
        accounts = examples(chosen)
        found = keys_added(chosen, accounts, review(chosen, accounts))
        assert all(KEY_OF_BUCKET in str(each.then) and each.now is None for each in found)
        return [(each.role, each.then and each.then["Action"]) for each in found]

    assert added("snowflake-s3") == [("SnowflakeS3", ["kms:Decrypt"])]
    assert added("airbyte-s3") == [("AirbyteS3", ["kms:Decrypt", "kms:GenerateDataKey"])]
