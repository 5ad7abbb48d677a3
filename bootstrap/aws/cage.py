"""A connection whose credentials are narrowed to the cage of a run (`permissions/cage.py`), a set of them for each client.

The user's own credentials stay in this process, where they renew those of the cage; no call about a resource is signed with
them. Source: STS API reference GetScopedCredentials (only for temporary credentials, and never longer than they last).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import narrowed
from bootstrap.aws.errors import NOT_OFFERED, code_of
from bootstrap.aws.explain import explain
from bootstrap.aws.session import Session, explained
from bootstrap.core import commands
from bootstrap.core.account import DEFAULT
from bootstrap.errors import AwsError, BootstrapError, CredentialsError, lines
from bootstrap.permissions.cage import Cage
from bootstrap.permissions.credential_set import CredentialSet, set_of_call
from bootstrap.permissions.denial import CODES

_WITHOUT = "Or omit --cage: the run may then do whatever you may. In a project file, set cage = false for that."
_LONG_LIVED = "AKIA"
"""What the id of an access key begins with that has no end."""


class Caged(Aws):
    """The clients for one resource (`within`), or without one, for the looks of a destroy."""

    def __init__(self, aws: Aws, cage: Cage, credentials: Mapping[tuple[str, str], Any], address: str = "") -> None:
        vars(self).update(vars(aws))  # the sessions, the pool and the lock are the same
        self._open, self._cage, self._credentials, self._address = aws, cage, credentials, address
        self._of_sets: dict[tuple[object, ...], Any] = {}

    def within(self, address: str) -> Aws:
        found = Caged(self._open, self._cage, self._credentials, address)
        found._of_sets = self._of_sets
        return found

    def client(self, service: str, alias: str = DEFAULT, *, retries: bool = True, region: str = "") -> Any:
        if service in ("sts", "iam-toolbox"):  # they say who we are, and explain denials
            return self._open.client(service, alias, retries=retries, region=region)
        sets = self._cage.sets_for(alias, service, self._address)
        if not sets:
            raise self._without(service)
        key = *(one.key for one in sets), service, retries, region
        with self._lock:
            if key not in self._of_sets:
                client = self._make(service, alias, retries, region)
                client.meta.events.register("before-sign", partial(self._sign, sets, service))
                self._of_sets[key] = client
            return self._of_sets[key]

    def _sign(self, sets: Sequence[CredentialSet], service: str, request: Any, operation_name: str, **_: Any) -> None:
        """As botocore lets a handler choose the credentials of a request (botocore/signers.py, `RequestSigner.sign`)."""
        one = set_of_call(sets, service, operation_name)
        if one is None:
            raise self._without(f"{service}.{operation_name}")
        request.context.setdefault("signing", {})["request_credentials"] = self._credentials[one.key]

    def _without(self, call: str) -> AwsError:
        """For a call that the plan does not need: it is not sent."""
        what = f"about {self._address}" if self._address else "after the changes"
        return AwsError(
            f"no credentials of the cage are for {call} {what}; it was not called", f"Please report this. {_WITHOUT}"
        )


def check_temporary(session: Session) -> None:
    """Raises CredentialsError for credentials that no cage can be made from."""
    for alias, identity in session.identities.items():
        found, where = session.aws.credentials(alias), f"account {identity.account.id}"
        login = commands.aws("login", profile=identity.account.sign_in.profile)
        with_mfa = identity.account.aws("sts", "get-session-token", "--serial-number", "ARN", "--token-code", "CODE")
        if identity.arn.endswith(":root"):
            raise CredentialsError(
                f"no cage: the root user signs in to {where}, and AWS narrows no credentials of a root user",
                lines("Sign in with a role.", _WITHOUT),
            )
        keys = found.get_frozen_credentials()
        if not keys.token or keys.access_key.startswith(_LONG_LIVED):
            raise CredentialsError(
                f"no cage: {where} is reached with a long-lived access key, and AWS narrows only temporary credentials",
                lines(
                    f"Sign in with a role or with IAM Identity Center (--profile), or as in the AWS console: {login}",
                    f"Or get temporary credentials for the key, with MFA, as IAM refuses them without it: {with_mfa}",
                    _WITHOUT,
                ),
            )


def caged(session: Session, cage: Cage) -> Session:
    """The session, in the cage. Exchanges the credentials of all sets at once. Raises CredentialsError or AwsError if AWS
    does not do that."""
    aws, credentials = session.aws, dict[tuple[str, str], Any]()
    exchange = {one.key: partial(_exchanged, aws.regional_sts(one.account), cage, one) for one in cage.sets}
    answers = {key: aws.pool.submit(each) for key, each in exchange.items()}
    for key, answer in answers.items():
        with explained(aws.logins, key[0]):
            credentials[key] = narrowed(aws.credentials(key[0]), exchange[key], answer.result())
    return replace(session, aws=Caged(aws, cage, credentials), reads=None)


def _exchanged(sts: Any, cage: Cage, one: CredentialSet) -> Mapping[str, str]:
    """New credentials of the set, as botocore wants them."""
    try:
        answer = sts.get_scoped_credentials(Policy=one.text, ScopedSessionDescription=cage.description(one))
    except ClientError as error:
        raise _refused(error, one) from error
    found = answer["Credentials"]
    return {
        "access_key": found["AccessKeyId"],
        "secret_key": found["SecretAccessKey"],
        "token": found["SessionToken"],
        "expiry_time": found["Expiration"].isoformat(),
    }


def _refused(error: ClientError, one: CredentialSet) -> BootstrapError:
    code, known = code_of(error), explain(error)
    way = known.advice
    if code in NOT_OFFERED:
        way = "This endpoint of STS does not have it (yet). Try another --region."
    elif code in CODES:
        way = "Ask for sts:GetScopedCredentials, which your session must be allowed."
    elif code == "PackedPolicyTooLarge":
        way = "The policy and the tags of your session are too large together: sign in with fewer session tags."
    known.message = f"no credentials for the cage ({one.label}): {known.message}"
    known.advice = lines(way, _WITHOUT)
    return known
