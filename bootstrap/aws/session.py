"""Signed in to AWS: who the caller is, and whether the accounts are those of a state."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from botocore.exceptions import EndpointConnectionError

from bootstrap.aws.client import Aws, Identity
from bootstrap.aws.credentials import Login
from bootstrap.aws.explain import explain
from bootstrap.aws.reads import Reads
from bootstrap.core.account import DEFAULT, Account, SignIn
from bootstrap.core.cloud import Timing
from bootstrap.core.state import State
from bootstrap.errors import BootstrapError, CredentialsError, SandboxError, StateError, UsageError


@dataclass(frozen=True)
class Session:
    """One run's connection to AWS, and the caller in each account, by the account's alias."""

    aws: Aws
    identities: Mapping[str, Identity]
    tell: Callable[[str], None] = lambda text: None
    flags: tuple[str, ...] = ()
    """What further commands need on the command line in order to be about the same."""
    reads: Reads | None = None
    """What this look at AWS has read so far, such as that for one plan: no call is sent twice for it."""

    def looking(self) -> "Session":
        """The session for one look."""
        return replace(self, reads=Reads(self.aws))

    def look(self) -> Reads:
        """The reads of this look; if there is none, new ones."""
        return self.reads or Reads(self.aws)

    @property
    def partition(self) -> str:
        """That of all accounts: no role of one partition can trust one of another."""
        return next(iter(self.accounts.values())).partition

    @property
    def accounts(self) -> dict[str, Account]:
        return {alias: identity.account for alias, identity in self.identities.items()}


@contextmanager
def signed_in(
    logins: Mapping[str, Login],
    services: Iterable[str],
    timing: Timing | None = None,
    tell: Callable[[str], None] = lambda text: None,
    flags: Iterable[str] = (),
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Session]:
    """Asks AWS who we are. Raises CredentialsError or AwsError, with the one line of advice that fits.

    `tell` gets what a look at AWS waits for; `flags` go into the commands that are advised; `meanwhile` is called during the
    round trip.
    """
    aws = Aws(logins, timing)
    try:
        identities = aws.identities(sorted(set(services)), partial(explained, logins), meanwhile)
        yield Session(aws, identities, tell, tuple(flags))
    finally:
        aws.close()


@contextmanager
def explained(
    logins: Mapping[str, Login], alias: str = "", decode: Callable[[str], str] = lambda encoded: ""
) -> Iterator[None]:
    """Turns an error of the SDK, or one of ours that an unexpected answer caused, into a BootstrapError, with advice for the
    account `alias`, or else for the first one."""
    login = logins[alias or next(iter(logins))]
    try:
        yield
    except CredentialsError as error:
        raise _about_account(alias, logins, error) from error.__cause__
    except Exception as error:
        if type(error).__module__.partition(".")[0] == "bootstrap":
            raise  # one of ours already, or a way out of a look
        if isinstance(error, EndpointConnectionError) and login.endpoint:
            ended = "the sandbox stopped during this run"
            raise SandboxError(ended, "Run the same command again: it starts a new, empty sandbox.") from error
        raise _about_account(alias, logins, explain(error, login.profile, decode)) from error


def _about_account(alias: str, logins: Mapping[str, Login], error: BootstrapError) -> BootstrapError:
    """The error, with the account that it is about where there are several."""
    if alias and len(logins) > 1:
        error.message = f"signing in to the account {alias}: {error.message}"
    return error


def logins_for(sign_ins: Mapping[str, SignIn], state: State | None, login: Login) -> dict[str, Login]:
    """Who signs in for a deployment: the region is the one of its state, unless the user names one."""

    def one(alias: str, sign_in: SignIn) -> Login:
        if login.endpoint and sign_in.profile:
            raise UsageError("--sandbox has no profiles", "Omit them; any role can be assumed there.")
        known = state.accounts.get(alias) if state else None
        region = login.region or (known.region if known else None)
        return replace(login, profile=sign_in.profile or login.profile, role_arn=sign_in.role_arn, region=region)

    return {alias: one(alias, sign_in) for alias, sign_in in sign_ins.items()}


def check_same_accounts(state: State | None, accounts: Mapping[str, Account], where: str) -> None:
    """Raises StateError for a state of another account or region: there, everything would seem to be gone."""
    for alias, known in state.accounts.items() if state else ():
        now, at = accounts.get(alias), "" if alias == DEFAULT else f" ({alias})"
        if now is not None and (now.id, now.partition) != (known.id, known.partition):
            raise StateError(
                f"{where} belongs to AWS account {known.id}{at}; these credentials belong to account {now.id}",
                f"Sign in to {known.id} ({_sign_in_option(alias)}), or choose another --name for account {now.id}.",
            )
        if now is not None and now.region != known.region:
            raise StateError(
                f"{where} belongs to region {known.region}, but this run uses {now.region}",
                f"Omit --region (or region in a project file): the state has it. Or choose another --name for {now.region}.",
            )


def _sign_in_option(alias: str) -> str:
    """The option that says how to sign in to an account of an existing deployment."""
    if alias == DEFAULT:
        return "--profile"
    return f"by the inputs of create that name a profile; on destroy and status by --sign-in {alias}=PROFILE|ARN"
