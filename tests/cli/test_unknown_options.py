"""What a command says about an option that it does not have, and whose help it names."""

import pytest

from tests.cli.conftest import Bootstrap


@pytest.mark.parametrize(
    ("line", "problem", "advice"),
    [
        ("rotate --sandbox", "--sandbox belongs behind rotate external-id", "Run: bootstrap rotate external-id --help"),
        (
            "sandbox --output x",
            "--output belongs behind sandbox start or sandbox status or sandbox stop",
            "bootstrap sandbox --help",
        ),
        (
            "plan --integration datadog --account 111111111111",
            "--account is for a fleet of accounts, which takes --organizational-unit",
            "For one account, omit --account",
        ),
        ("plan --exclude 111111111111", "--exclude is for a fleet of accounts", "Add --organizational-unit with the id"),
        ("status --account 111111111111", "No such option: --account", "Run: bootstrap status --help"),
        ("rotate --nonsense", "No such option: --nonsense", "Run: bootstrap rotate --help"),
        ("integrations materialize-s3 --harden", "materialize-s3 has nothing to harden", "Omit --harden."),
        (
            "integrations snowflake-s3 --external-id-later",
            "snowflake-s3 needs no --external-id-later",
            "Omit it and --snowflake-user: create then locks the role until you give them.",
        ),
        (
            "outputs --integration confluent-s3 --bucket lake",
            "--bucket is only for --before-create",
            "Add --before-create.",
        ),
        ("outputs --integration confluent-s3", "inputs are only for --before-create", "Add --before-create, or omit them."),
        ("plan datadog", "datadog needs --site, --external-id", "Run: bootstrap plan --integration datadog --help"),
        (
            "outputs --before-create fivetran-s3",
            "fivetran-s3 needs --bucket",
            "Run: bootstrap outputs --integration fivetran-s3 --before-create --help",
        ),
        (
            "status 'a b' --sandbox",
            "unexpected extra argument: a b",
            "If that is the name of a deployment, run: bootstrap status --name 'a b' --sandbox",
        ),
        (
            "rotate external-id prod",
            "unexpected extra argument: prod",
            "run: bootstrap rotate external-id --name prod",
        ),
        ("sandbox start prod", "Got unexpected extra argument(s) (prod)", "Run: bootstrap sandbox start --help"),
        ("status prod --name x", "Got unexpected extra argument(s) (prod)", "Run: bootstrap status --help"),
        (
            "export datadog",
            "Choose from: cloudformation, cloudformation-import, terraform, cli",
            "Run: bootstrap export --integration datadog --help",
        ),
        (
            "plan datadog --nonsense",
            "No such option: --nonsense",
            "Run: bootstrap plan --integration datadog --help",
        ),
    ],
)
def test_an_option_that_is_not_there_is_explained(line: str, problem: str, advice: str, bootstrap: Bootstrap) -> None:
    refused = bootstrap(line)
    assert refused.code == 64
    assert problem in refused.err
    assert advice in refused.err
