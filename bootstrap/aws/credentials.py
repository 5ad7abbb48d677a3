"""Who calls AWS: the sessions with their credentials, which botocore finds as the AWS CLI does (profile, SSO, MFA, AWS_*).

boto3 is imported when the first session is made: `--help` and explanations must not pay for it.
"""

import os
import selectors
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import NoCredentialsError, ProfileNotFound

from bootstrap.aws.first_steps import NO_CREDENTIALS, no_profile, no_region, no_such_region, sign_in
from bootstrap.aws.sdk import load_boto3, with_plain_models
from bootstrap.aws.settings import check_whole, signing_in
from bootstrap.errors import CredentialsError

_ASSUMED: dict[str, Any] = {}
"""The credentials of assumed roles, for all sessions of this process: a state in S3 and each account have sessions of their
own, and an MFA code is good for one sign-in only."""


PROCESS_SECONDS = 60
"""How long a credential process may take; the SDK has no limit."""
_LARGEST = 2**20
"""Of what it prints, in bytes; credentials have a few thousand."""


@dataclass(frozen=True)
class Login:
    """Who calls: a profile and region (None: as the environment says, or `otherwise`), or the sandbox at `endpoint`, which
    wants the access key id `key_id`; and the role that it then assumes, if any."""

    profile: str | None = None
    region: str | None = None
    endpoint: str | None = None
    role_arn: str | None = None
    otherwise: str | None = None
    key_id: str = field(default="sandbox", repr=False)
    patient: bool = True
    """Whether to wait long for an answer, and to try again; else the run does without."""


def open_session(login: Login) -> Any:
    """A session with the user's own credentials. Raises CredentialsError when there is no region, or no CA bundle where one
    is named."""
    boto3 = load_boto3()
    # The AWS CLI obeys AWS_REGION, and botocore does not.
    region = login.region or os.environ.get("AWS_REGION") or None
    try:
        session = boto3.Session(profile_name=login.profile, region_name=region)
    except ProfileNotFound as error:
        from botocore.session import Session

        known = Session().available_profiles
        raise no_profile(str(error.kwargs["profile"]), known, has_region=bool(region or login.otherwise)) from error
    bundle = session._session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    if bundle and not os.access(bundle, os.R_OK):
        raise CredentialsError(
            f"the CA bundle {bundle} cannot be read, or is not there",
            "Correct AWS_CA_BUNDLE, ca_bundle in ~/.aws/config, or REQUESTS_CA_BUNDLE: the first that is set names it.",
        )
    _watched(session._session.get_component("credential_provider").providers, session.profile_name)
    if not session.region_name:
        _check_credentials(session, login)
        session._session.set_config_variable("region", login.otherwise)
    _check_region(session, session.region_name)
    return with_plain_models(session)


def _check_region(session: Any, region: str) -> None:
    """Raises CredentialsError for a region that the SDK does not know."""
    partitions = session._session.get_data("partitions")["partitions"]
    known = [name for each in partitions for name in each["regions"] if not name.endswith("-global")]
    if region not in known:
        raise no_such_region(region, known)


def _check_credentials(session: Any, login: Login) -> None:
    """Raises CredentialsError for a region that is missing, together with what is wrong with the credentials."""
    try:
        found = session.get_credentials()
    except CredentialsError as error:
        raise no_region(error.message, error.advice) from error
    if found is None:
        raise no_region(NO_CREDENTIALS, sign_in(login.profile))
    if not login.otherwise:
        raise no_region(None)


def _watched(providers: list[Any], profile: str | None) -> list[Any]:
    """The providers of a profile, and those of the profiles that its role takes its credentials from: every error that they
    raise becomes one of ours, now and whenever their credentials are renewed."""
    from botocore.credentials import AssumeRoleProvider, LoginProvider, ProcessProvider

    for provider in providers:
        if isinstance(provider, LoginProvider):
            provider.load = partial(_with_runtime, provider)
        provider.load = partial(_loaded, provider.load, provider.METHOD, profile)
        if isinstance(provider, ProcessProvider):
            provider._popen = partial(_ended, profile)
        elif isinstance(provider, AssumeRoleProvider):
            provider.cache = _ASSUMED
            builder = provider._profile_provider_builder
            builder.providers = partial(_watched_of, builder.providers)
    return providers


def _with_runtime(provider: Any) -> Any:
    """What a provider for `aws login` loads: its requests are signed by AWS's C runtime, which `load_boto3` has left out."""
    import botocore.credentials

    if "login_session" in provider._load_config().get("profiles", {}).get(provider._profile_name, {}):
        with suppress(ImportError):  # the SDK says so then
            from awscrt.crypto import EC

            botocore.credentials.EC = EC
    return type(provider).load(provider)


def _watched_of(make: Callable[..., list[Any]], profile_name: str, **options: Any) -> list[Any]:
    return _watched(make(profile_name=profile_name, **options), profile_name)


def _loaded(load: Callable[[], Any], method: str, profile: str | None) -> Any:
    """The provider's credentials, or None where it has none."""
    with signing_in(method, profile):
        found = load()
        return found and watched(found, method, profile)


def watched(credentials: Any, method: str, profile: str | None) -> Any:
    """The credentials, checked: those that stay as they are at once, others each time that they are renewed."""
    renew = getattr(credentials, "_refresh", None)
    if renew is None:
        check_whole(credentials)
        return credentials

    def renewed() -> None:
        with signing_in(method, profile):
            renew()
            check_whole(credentials._frozen_credentials)

    credentials._refresh = renewed
    return credentials


def _ended(profile: str | None, command: Sequence[str], seconds: float = PROCESS_SECONDS, **pipes: Any) -> Any:
    """A credential process that has ended well, as botocore wants it. Raises CredentialsError for one that has not: botocore
    would show what it printed, and that may be a secret, and would wait for one that hangs as long as that hangs."""
    import subprocess

    failed = f"the AWS credentials could not be fetched: the credential_process {command[0]} of the profile {profile}"
    with subprocess.Popen(command, **pipes) as process:  # noqa: S603  what the user's own AWS settings say
        try:
            printed = _printed(process, time.monotonic() + seconds)
        except (TimeoutError, subprocess.TimeoutExpired):
            todo = "Run it by itself to see what it waits for. Then run the same command again."
            raise CredentialsError(f"{failed} has not ended after {seconds:g} seconds", todo) from None
        finally:
            if process.poll() is None:  # also after Ctrl-C
                process.kill()
    if process.returncode:
        raise CredentialsError(
            f"{failed} ended with the exit code {process.returncode}",
            "Run it by itself to see why; what it prints is not shown here, as it may hold a secret.",
        )
    return SimpleNamespace(communicate=lambda: (printed, b""), returncode=0)


def _printed(process: Any, until: float) -> bytes:
    """What the process prints until it ends. Raises TimeoutError or TimeoutExpired when it has not by then."""
    printed = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as open_pipes:
        for pipe in printed:
            open_pipes.register(pipe, selectors.EVENT_READ)
        while open_pipes.get_map():
            ready = open_pipes.select(until - time.monotonic())
            if not ready or time.monotonic() > until:
                raise TimeoutError
            for key, _ in ready:
                text = os.read(key.fd, _LARGEST)
                printed[key.fileobj] += text[: _LARGEST - len(printed[key.fileobj])]
                if not text:
                    open_pipes.unregister(key.fileobj)
    process.wait(max(0, until - time.monotonic()))  # it may close its pipes and stay
    return bytes(printed[process.stdout])


def sandboxed(login: Login) -> Any:
    """A session that cannot reach AWS: made-up keys, a loopback endpoint, and no look at the user's AWS settings."""
    boto3 = load_boto3()
    session = boto3.Session(
        aws_access_key_id=login.key_id,
        aws_secret_access_key="sandbox",
        aws_session_token="sandbox",
        region_name=login.region or "us-east-1",
        botocore_session=_apart(),
    )
    _check_region(session, session.region_name)
    return with_plain_models(session)


def _apart() -> Any:
    """The SDK without anything that the user has set, in variables and files: none of it may see or divert what is for the
    sandbox. Proxies, endpoints, another way to sign and a monitor that hears of each call are among that."""
    import botocore.session
    from botocore.config import Config
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES as VARIABLES

    unset = {name: (None, None, default, convert) for name, (_, _, default, convert) in VARIABLES.items()}
    nothing = (None, None, os.devnull, None)
    session = botocore.session.Session({**unset, "config_file": nothing, "credentials_file": nothing})
    session.set_default_client_config(Config(proxies={}, s3={"addressing_style": "path"}))
    return session


def assuming(session: Any, login: Login) -> Any:
    """A session with the credentials of a role, renewed by themselves as long as those of `session` are good."""
    import boto3
    import botocore.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    if (source := session.get_credentials()) is None:
        raise NoCredentialsError
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(session.client, endpoint_url=login.endpoint),
        source_credentials=source,
        role_arn=login.role_arn,
        extra_args={"RoleSessionName": "bootstrap"},
    )
    # The profile's other settings (a CA bundle, timeouts) hold for the role too.
    core = _apart() if login.endpoint else botocore.session.Session(profile=login.profile)
    role = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    core._credentials = watched(role, "assume-role", login.profile)
    return with_plain_models(boto3.Session(botocore_session=core, region_name=session.region_name))


def narrowed(source: Any, exchange: Callable[[], Any], metadata: Mapping[str, str]) -> Any:
    """Credentials that were exchanged for those of `source`, from what botocore calls their metadata. They are renewed as
    those are; where these just end, another exchange gives none that last longer."""
    from botocore.credentials import Credentials, RefreshableCredentials

    method = "sts-get-scoped-credentials"
    if isinstance(source, RefreshableCredentials):
        return RefreshableCredentials.create_from_metadata(metadata, exchange, method)
    return Credentials(metadata["access_key"], metadata["secret_key"], metadata["token"], method)
