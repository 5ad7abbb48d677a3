"""From an error of AWS or its SDK to one line for the user: what it means, and what to type next.

Sources: botocore/exceptions.py; AWS knowledge center iam-validate-access-credentials; IAM user guide
id_credentials_temp_enable-regions, troubleshoot_access-denied.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws import first_steps
from bootstrap.aws.errors import THROTTLED
from bootstrap.aws.installation import install_command
from bootstrap.aws.redaction import error_text, redacted
from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.errors import NOT_AWS, AwsError, BootstrapError, CredentialsError, lines
from bootstrap.permissions import authorization, denial
from bootstrap.permissions.operator import Need

_SSO, _LOGIN = ("sso", "login"), ("login",)
_RENEW = "Get new credentials, then run the same command again: it continues from the state."
_KEYS = (
    "Check the keys. They also look wrong in an opt-in region that is not enabled for the account, "
    "and with a session token from the global STS endpoint there."
)
_BUNDLE = (
    "Behind a proxy that inspects traffic, AWS_CA_BUNDLE (or ca_bundle in ~/.aws/config) must name a file with the proxy's "
    "certificate."
)

_DELEGATED = (
    "AWS also says that if the user or role lacks organizations:ListDelegatedAdministrators: add it to the policy. If the "
    "account is none, register it in the management account, or omit --delegated-admin."
)

# What the SDK raises by itself, before any call went out, by class name: (what it means, what to do). Words are a command of
# the AWS CLI, after which the same command works; a function gets the profile, and returns the advice.
LOCAL: Mapping[str, tuple[str, str | tuple[str, ...] | Callable[[str | None], str]]] = {
    "NoCredentialsError": (first_steps.NO_CREDENTIALS, first_steps.without_credentials),
    "PartialCredentialsError": ("the AWS credentials are incomplete", first_steps.sign_in),
    "CredentialRetrievalError": ("the AWS credentials could not be fetched", first_steps.sign_in),
    "LoginRefreshRequired": ("the AWS sign-in has expired", _LOGIN),
    "LoginTokenLoadError": ("there is no AWS sign-in yet", _LOGIN),
    "LoginInsufficientPermissions": ("the AWS sign-in may not do this", "Sign in with another user or role."),
    "LoginError": ("the AWS sign-in failed", _LOGIN),
    "MissingDependencyException": (
        "the AWS sign-in needs a package that is missing here",
        lambda profile: f"Run: {install_command('botocore[crt]')}",
    ),
    "RefreshWithMFAUnsupportedError": (
        "the credentials of an MFA profile ended and cannot be renewed here",
        "Run the same command again, and type a new code: it continues from the state.",
    ),
    "ProfileNotFound": (
        "the AWS profile does not exist",
        f"Name another with --profile. To list them: {commands.aws('configure', 'list-profiles')}",
    ),
    "ConfigParseError": ("the AWS configuration file cannot be read", "Fix the file that the message names."),
    "InvalidConfigError": ("the AWS profile is set up wrongly", "Fix the profile in ~/.aws/config."),
    "NoRegionError": (first_steps.NO_REGION, first_steps.REGION),
    "InvalidRegionError": ("the AWS region does not exist", first_steps.REGION),
    "UnauthorizedSSOTokenError": ("the SSO sign-in has expired", _SSO),
    "SSOTokenLoadError": ("there is no SSO sign-in yet", _SSO),
    "TokenRetrievalError": ("the SSO sign-in has expired", _SSO),
    "SSOError": ("the SSO sign-in failed", _SSO),
    "EndpointConnectionError": (
        "AWS could not be reached",
        "Check the network, the proxy (HTTPS_PROXY) and that the region's name is right.",
    ),
    "ConnectTimeoutError": ("AWS did not answer in time", "Check the network and the proxy, then run it again."),
    "ReadTimeoutError": ("AWS did not answer in time", "Run the same command again: it finds what was made."),
    "ConnectionClosedError": ("the connection to AWS broke", "Run the same command again: it finds what was made."),
    "SSLError": ("the connection to AWS is not trusted", _BUNDLE),
    "ProxyConnectionError": ("the proxy could not be reached", "Check HTTPS_PROXY and NO_PROXY."),
    "ParamValidationError": (
        "the SDK refused a value before sending it",
        "Please report this: it should be caught earlier.",
    ),
}

# What AWS answers, by wire code.
WIRE: Mapping[str, tuple[str, str]] = {
    "ExpiredToken": ("the credentials have expired", _RENEW),
    "ExpiredTokenException": ("the credentials have expired", _RENEW),
    "RequestExpired": ("the credentials have expired, or the clock is wrong", _RENEW),
    "InvalidClientTokenId": ("AWS does not know these credentials", _KEYS),
    "UnrecognizedClientException": ("AWS does not know these credentials", _KEYS),
    "InvalidAccessKeyId": ("AWS does not know these credentials", _KEYS),
    "AuthFailure": ("AWS does not accept these credentials", _KEYS),
    "SignatureDoesNotMatch": ("the secret key or the clock is wrong", "Check the secret key and this machine's clock."),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "Set the clock."),
    "RegionDisabledException": (
        "STS is switched off for this region in the account",
        "In the account that owns the role, activate it: IAM console, Account settings, Security Token Service (STS). An "
        "opt-in region is not in that list: there, enable the region itself (Account page of the console, AWS Regions).",
    ),
}

_BUSY = (
    "AWS is busy with other requests of this account: wait a little, and run the same command again. "
    "What was done is recorded, and stays."
)
_DENIED = "Ask for the permission named above; a service control policy or boundary cannot be fixed in the role."
_REFUSED: Mapping[str, str] = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "403": "Ask for the permission to see it (s3:ListBucket), or use another name: it may belong to another account.",
    "400": "S3 gives no more than the number. Check the region, get new credentials if they have run out, and run the same "
    "command again.",
    "LimitExceeded": "Delete what is not needed, or ask AWS for a higher quota (Service Quotas console).",
    **dict.fromkeys(THROTTLED, _BUSY),
    "BucketAlreadyExists": "Bucket names are unique in the world: choose another, or use a bucket of yours.",
    "TooManyBuckets": (
        "The account has reached its limit of buckets. Delete one that nobody needs, use a bucket of yours, or ask for "
        "more: Service Quotas console, Amazon S3, General purpose buckets (L-DC2B2D3D)."
    ),
    "BucketNotEmpty": "Move away what you need, or add --delete-data to delete all of it.",
    "MalformedPolicyDocument": (
        "A trusted principal must exist, and in the same partition: check what the vendor gave you, letter by letter."
    ),
    "UnauthorizedOperation": "Ask for the permission. To see exactly what was refused:",
    "VcpuLimitExceeded": (
        "Choose a smaller instance type, or ask for more vCPUs: Service Quotas console, Amazon EC2, On-Demand."
    ),
    "InsufficientInstanceCapacity": (
        "AWS has no capacity for this instance type in this zone now: try again later, or choose another type or "
        "a subnet in another zone."
    ),
    "AddressLimitExceeded": (
        "Release an elastic IP that nobody needs, or ask for more: Service Quotas console, Amazon EC2, EC2-VPC Elastic IPs."
    ),
    "OptInRequired": "Accept the terms of the image in AWS Marketplace (the message has the link), or choose another image.",
}


Decode = Callable[[str], str]
"""Returns the JSON that AWS encoded in a denial, or "" if the caller may not read it."""
Details = Callable[[str, str], Mapping[str, Any]]
"""Returns what AWS keeps under an authorization id in a region; nothing if the caller may not read it."""
Needs = Callable[[], Iterable[Need]]
"""Returns the permissions that the change needs that made the call."""


def explain(
    error: Exception,
    profile: str | None = None,
    decode: Decode = lambda encoded: "",
    needs: Needs = tuple,
    account: Account | None = None,
    details: Details = lambda authorization_id, region: {},
) -> BootstrapError:
    """The error as one of ours. `profile`, or that of the `account` that was asked, goes into the command that is advised;
    `decode` asks AWS what it encoded, and `details` what each layer said; `needs` knows the ARNs and conditions that AWS
    does not tell."""
    profile = profile or (account.sign_in.profile if account else None)
    if isinstance(error, BootstrapError):
        return error
    if isinstance(error, ClientError):
        code, message = _code_and_message(error)
        if code in WIRE:
            meaning, advice = WIRE[code]
            return CredentialsError(f"{meaning} ({code} at {error.operation_name})", advice)
        if code in denial.CODES and (refused := _denied(error, decode, needs, details, partial(_aws, profile, account))):
            return refused
        advice = _REFUSED.get(code, "Fix the cause and run the same command again; what was done is recorded.")
        if "not a delegated administrator" in message:
            advice = _DELEGATED
        if code == "UnauthorizedOperation":
            advice = f"{advice} {_to_decode(profile, account)}"
        return AwsError(f"{error.operation_name}: {redacted(message) or 'refused'} ({redacted(code)})", advice, code)
    name = type(error).__name__
    if name == "ResponseParserError":
        return AwsError(f"the answer does not come from AWS: {error_text(error)}", NOT_AWS, name)
    if isinstance(error, BotoCoreError):
        meaning, way = LOCAL.get(name, ("the AWS SDK failed", "Fix what the message names, and run it again."))
        kind = AwsError if name in _NETWORK else CredentialsError
        if callable(way):
            way = way(profile)
        elif not isinstance(way, str):
            way = lines(f"Run: {commands.aws(*way, profile=profile)}", "Then run the same command again.")
        return kind(f"{meaning}: {error_text(error)}", way)
    if isinstance(error, OSError):
        return AwsError(f"{name}: {error_text(error)}", "Run it again with --debug and report what it shows.", name)
    odd = f"AWS gave an answer that bootstrap cannot read ({name} in {_place(error)}: {error_text(error)})"
    return AwsError(odd, f"{NOT_AWS} If it is AWS that answers, add --debug and report what it shows.", name)


def _to_decode(profile: str | None, account: Account | None) -> str:
    return _aws(profile, account, "", "sts", "decode-authorization-message", "--encoded-message", "TEXT")


def _aws(profile: str | None, account: Account | None, region: str, *words: str) -> str:
    """A command of the AWS CLI for whom the error is about."""
    return account.aws(*words, region=region) if account else commands.aws(*words, profile=profile)


def _code_and_message(error: ClientError) -> tuple[str, str]:
    """The code and the message as text, whatever server answered."""
    found = error.response.get("Error", {})
    return str(found.get("Code", "")), str(found.get("Message", ""))


def _place(error: Exception) -> str:
    """The last line of our code in the traceback: nothing else says which answer it was."""
    ours = [frame for frame in extract_tb(error.__traceback__) if "bootstrap" in Path(frame.filename).parts]
    return f"{Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else "the SDK"


def _denied(error: ClientError, decode: Decode, needs: Needs, details: Details, aws: Callable[..., str]) -> AwsError | None:
    """A denial with its action, resource and layer, or None if neither AWS's message nor the call says them."""
    code, message = _code_and_message(error)
    found = denial.denial_of(message)
    if found is None and (encoded := denial.encoded_in(message)):
        found = denial.denial_of(message, decode(encoded))
    elif found is None:
        found = denial.denial_of(message, asked=getattr(error, "asked", None))
    if found is None:
        return None  # an encoded text is then all that there is to go by: it stays, with the command that decodes it
    found = denial.of_change(found, needs())
    kept, region = found.authorization_id, authorization.region_of(message)
    if kept:
        found = replace(found, verdicts=authorization.verdicts(details(kept, region)))
    words = redacted(authorization.without_link(denial.without_encoded(message)))
    text = words if found.action in words else f"{words.rstrip('. ') or 'refused'}: {denial.describe(found)}"
    look = aws(region, "iam-toolbox", "get-request-authorization-details", "--authorization-id", kept)
    advice = lines(denial.advice(found), *authorization.advice(kept, found.verdicts, look))
    return AwsError(f"{error.operation_name}: {text} ({code})", advice, code, found.as_json())


_NETWORK = {
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionClosedError",
    "SSLError",
    "ProxyConnectionError",
    "ParamValidationError",
}
