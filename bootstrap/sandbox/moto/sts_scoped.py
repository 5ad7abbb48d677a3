"""What moto's STS lacks: GetScopedCredentials (see `sandbox/moto/corrections.py`).

The policies of a session are kept here (`ScopedSession.policies`); `sandbox/cages.py` obeys them, before moto is asked.

Source: STS API reference GetScopedCredentials (what its parameters may be); IAM user guide
id_credentials_temp_control-access_getscopedcredentials and reference_policies_grammar.
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import iam_backends
from moto.iam.policy_validation import IAMPolicyDocumentValidator
from moto.sts.exceptions import STSClientError, STSValidationError
from moto.sts.models import AssumedRole, STSBackend, sts_backends
from moto.sts.responses import TokenResponse

from bootstrap.sandbox.moto.patching import many

LONGEST = 2_048
POLICY = re.compile(rf"[\t\n\r\x20-\xff]{{1,{LONGEST}}}")
DESCRIPTION = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]{2,256}")
MOST = 3
"""The most policies of one session."""
HOUR = 3600
MOST_SECONDS = 36 * HOUR


class ScopedSession(AssumedRole):
    """The caller's session, with fewer permissions: its identity stays. `policies` are all that limit it."""

    def __init__(
        self, backend: STSBackend, region: str, caller: tuple[str, str, str], policies: list[str], until: Any
    ) -> None:
        self._user_id, self._arn, number = caller
        key = iam_backends[number][backend.partition].create_temp_access_key()
        super().__init__(number, region, key, "", self._arn, policies[-1] if policies else "", HOUR, "")
        self.policies: list[str] = policies
        self.expiration = until or self.expiration
        self.description = ""

    @property
    def user_id(self) -> str:
        return self._user_id

    @property
    def arn(self) -> str:
        return self._arn


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    methods: Any = (STSBackend, TokenResponse)
    methods[0].get_scoped_credentials = _scoped
    methods[1].get_scoped_credentials = _answer


def session_of(key_id: str) -> ScopedSession | None:
    """The scoped session with the access key id."""
    backends = [backend for _, regions in sts_backends.items() for backend in regions.values()]
    found = (backend.get_assumed_role_from_access_key(key_id) for backend in backends)
    return next((each for each in found if isinstance(each, ScopedSession)), None)


def _answer(response: TokenResponse) -> ActionResult:
    policy, description = response._get_param("Policy"), response._get_param("ScopedSessionDescription")
    seconds = _seconds(response._get_param("DurationSeconds"))
    if policy is None and seconds is None:
        raise STSValidationError("At least one of Policy and DurationSeconds must be specified")
    for name, value, allowed in (("policy", policy, POLICY), ("scopedSessionDescription", description, DESCRIPTION)):
        if value is not None and not allowed.fullmatch(value):
            raise STSValidationError(f"Value at '{name}' failed to satisfy constraint: {allowed.pattern}")
    if not response.headers.get("X-Amz-Security-Token"):
        raise STSClientError("AccessDenied", "Cannot call GetScopedCredentials with long-term credentials")
    if policy is not None:
        _check_policy(policy)
    session = response.backend.get_scoped_credentials(  # type: ignore[attr-defined]
        response.get_access_key(), response.region, policy, description or "", seconds
    )
    info = {"ScopedSessionId": session.access_key_id, "Arn": session.arn}
    return ActionResult(
        {"Credentials": session, "SessionInfo": info, "ScopedPoliciesCount": len(session.policies), "SessionTokenSize": 1}
    )


def _seconds(given: Any) -> int | None:
    if given is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", str(given)) or not 1 <= int(given) <= MOST_SECONDS:
        raise STSValidationError(f"Value '{given}' at 'durationSeconds' must be from 1 to {MOST_SECONDS}")
    return int(given)


def _check_policy(policy: str) -> None:
    """As IAM reads a policy of a session, which is about nobody in particular."""
    try:
        IAMPolicyDocumentValidator(policy).validate()
    except MalformedPolicyDocument as error:
        raise STSClientError("MalformedPolicyDocument", str(error.message)) from error
    if any({"Principal", "NotPrincipal"} & {*each} for each in many(json.loads(policy)["Statement"])):
        raise STSClientError("MalformedPolicyDocument", "Policy document should not specify a principal.")


def _scoped(
    self: STSBackend, key_id: str, region: str, policy: str | None, description: str, seconds: int | None
) -> ScopedSession:
    own = self.get_assumed_role_from_access_key(key_id)
    until: datetime | None = own.expiration if own else None
    if until and until < utcnow():
        raise STSClientError("ExpiredToken", "The security token included in the request is expired")
    if seconds is not None:
        wanted = utcnow() + timedelta(seconds=seconds)
        if until and wanted > until:
            raise STSClientError("InsufficientSessionLifetime", "DurationSeconds is more than is left of the session")
        until = wanted
    earlier = own.policies if isinstance(own, ScopedSession) else []
    if policy and len(earlier) == MOST:
        raise STSClientError("AccessDenied", f"The session has {MOST} scope down policies already")
    policies = [*earlier, *([policy] if policy else [])]
    session = ScopedSession(self, region, self.get_caller_identity(key_id, region), policies, until)
    session.description = description
    sts_backends[session.account_id][session.partition].assumed_roles.append(session)
    return session
