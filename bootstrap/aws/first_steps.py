"""What somebody needs who has not set up AWS on this machine, or only half of it: a region, a way to sign in, a profile.

Sources: AWS CLI user guide cli-chap-authentication, cli-configure-sign-in (AWS CLI 2.32), cli-configure-sso,
cli-authentication-user; AWS Regions and Availability Zones, aws-regions.
"""

from collections.abc import Sequence

from bootstrap.core import commands
from bootstrap.core.near import did_you_mean
from bootstrap.errors import CredentialsError, SettingError, lines

_GUIDE = "https://docs.aws.amazon.com/cli/latest/userguide"
REGIONS = "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"
NO_REGION = "no AWS region is set"
NO_CREDENTIALS = "no AWS credentials were found"
REGION = lines(
    "A region is the place where AWS keeps what is created, such as us-east-1 (Virginia) or eu-central-1 (Frankfurt). "
    "Choose the one that has your data, or ask whoever runs your AWS account.",
    f"Name it with --region or AWS_REGION, as in: --region us-east-1. All regions: {REGIONS}",
)
SANDBOX = "To try bootstrap without an AWS account, add --sandbox: it needs neither a region nor a sign-in."


def sign_in(profile: str | None = None) -> str:
    """The ways to sign in, each with AWS's page and its command."""
    return lines(
        "Sign in as for the AWS CLI, in one of these ways, and run the same command again.",
        f"As in the AWS console ({_GUIDE}/cli-configure-sign-in.html): {commands.aws('login', profile=profile)}",
        "At your organization's sign-in page, https://....awsapps.com/start "
        f"({_GUIDE}/cli-configure-sso.html): {commands.aws('configure', 'sso', profile=profile)}",
        f"With an access key ({_GUIDE}/cli-authentication-user.html): {commands.aws('configure', profile=profile)}",
        "" if profile else "If you have a profile for it already, name it with --profile or AWS_PROFILE.",
    )


def without_credentials(profile: str | None) -> str:
    return lines(sign_in(profile), SANDBOX)


def no_profile(profile: str, known: Sequence[str], *, has_region: bool) -> SettingError:
    """The error for a profile that this machine does not have; `known` are those that it has."""
    there_are = f"{did_you_mean(profile, known)}Name one that exists with --profile or AWS_PROFILE: {', '.join(known)}."
    missing = "" if has_region else f", and {NO_REGION}"
    return SettingError(
        f"the AWS profile does not exist: {profile}{missing}",
        lines(
            there_are if known else "This machine has no profile yet.",
            "" if has_region else REGION,
            "" if known else sign_in(profile),
            SANDBOX if not known else "",
        ),
    )


def no_such_region(region: str, known: Sequence[str]) -> SettingError:
    """The error for a region that the SDK does not have; `known` are those that it has."""
    near = did_you_mean(region, known)
    newer = "If AWS opened this one a short time ago, upgrade the package boto3."
    return SettingError(
        f"the AWS region does not exist: {region}",
        lines(f"{near}Name one with --region or AWS_REGION. All regions: {REGIONS}. {newer}" if near else REGION),
    )


def no_region(credentials: str | None, advice: str = "") -> CredentialsError:
    """The error for a missing region; `credentials` says what is wrong with those, and `advice` what to do about it."""
    if credentials is None:
        return CredentialsError(NO_REGION, REGION)
    return CredentialsError(f"{NO_REGION}, and {credentials}", lines(REGION, advice, SANDBOX))
