"""The way to AWS: clients are made here and nowhere else.

There is one session for each account alias and one client for each service in it: a session caches what it parsed, so a
second one pays for everything again, and making clients in several threads at once is slower than one after the other.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bootstrap import __version__
from bootstrap.aws.call_log import watch
from bootstrap.aws.credentials import Login, assuming, open_session, sandboxed
from bootstrap.aws.settings import usable_settings
from bootstrap.core.account import DEFAULT, Account, SignIn
from bootstrap.core.cloud import Timing
from bootstrap.core.partitions import ENDPOINTS
from bootstrap.errors import NOT_AWS, AwsError

PARALLEL_READS = 64
"""More than the reads of one plan, which would else take two round trips."""
LONGEST_ENCODED = 10_240


@dataclass(frozen=True)
class Identity:
    """Who AWS says we are. `arn` is the caller's."""

    account: Account
    arn: str


class Aws:
    """The sessions of one run, by account alias."""

    def __init__(self, logins: Mapping[str, Login], timing: Timing | None = None) -> None:
        self.logins = logins
        # The sandbox shows at once what it has; only AWS itself has to catch up.
        at_once = all(login.endpoint for login in logins.values())
        self.timing = timing or (Timing(settle=0, vanish=0, poll=0.1) if at_once else Timing())
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, bool, str], Any] = {}
        self._regions: dict[str, str] = {}
        self._lock = threading.Lock()
        self.pool = ThreadPoolExecutor(PARALLEL_READS, thread_name_prefix="read")
        self._lacks_details = False
        self._details_lock = threading.Lock()
        self.account_ids: frozenset[str] = frozenset()
        """The ids of all accounts of the run, once AWS has answered."""

    def client(self, service: str, alias: str = DEFAULT, *, retries: bool = True, region: str = "") -> Any:
        """The client, made on first use. Clients are thread-safe; making one is not, hence the lock."""
        key = (service, alias, retries, "" if region == self._regions.get(alias) else region)
        if key in self._clients:  # who needs no new one does not wait while one is made
            return self._clients[key]
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def within(self, address: str) -> "Aws":
        """The connection for what is done to one resource: the same for all, unless the run has a cage (`aws/cage.py`)."""
        return self

    def credentials(self, alias: str) -> Any:
        """What the SDK found, once there is a client; None where it found nothing."""
        return self._sessions[alias].get_credentials()

    def regional_sts(self, alias: str) -> Any:
        """For what the global endpoint does not have, which the user's settings may prefer."""
        client = self.client("sts", alias)
        if urlsplit(client.meta.endpoint_url).hostname != "sts.amazonaws.com":
            return client
        with self._lock:
            self._sessions[alias]._session.set_config_variable("sts_regional_endpoints", "regional")
            return self._make("sts", alias, retries=True)

    def client_as(self, credentials: Mapping[str, str], service: str, alias: str) -> Any:
        """A client for credentials that STS gave, kept nowhere."""
        names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
        keys = {name: credentials[key] for name, key in {**names, "aws_session_token": "SessionToken"}.items()}
        with self._lock:
            return self._make(service, alias, retries=True, **keys)

    def identities(
        self,
        services: Iterable[str] = (),
        around: Callable[[str], AbstractContextManager[None]] = lambda alias: nullcontext(),
        meanwhile: Callable[[], object] = lambda: None,
    ) -> dict[str, Identity]:
        """Asks each account who we are. While the answers are on their way, it makes the clients of `services`, and a thread
        calls `meanwhile`, whose errors do not matter.

        Needs no permission and cannot be denied (STS API reference, GetCallerIdentity). Raises CredentialsError, and what
        botocore raises, inside of `around` with the alias that it is about.
        """
        for alias in self.logins:
            # Here and not in a worker: finding credentials may make clients of its own, or ask for an MFA code.
            with around(alias):
                self.client("sts", alias)
                if credentials := self.credentials(alias):
                    credentials.get_frozen_credentials()
        asked = {alias: self.pool.submit(self.client("sts", alias).get_caller_identity) for alias in self.logins}
        self.pool.submit(meanwhile)
        for alias in self.logins:
            with around(alias):
                for service in services:
                    self.client(service, alias)
        identities = {}
        for alias, answer in asked.items():
            with around(alias):
                identities[alias] = self._identity(alias, answer.result())
        self.account_ids = frozenset(identity.account.id for identity in identities.values())
        return identities

    def decoded(self, encoded: str, *aliases: str) -> str:
        """What AWS has encoded in a denial, as JSON; "" where it may not be read. Tries `aliases`, else all accounts.

        Source: STS API reference, DecodeAuthorizationMessage (10,240 characters at the most; needs a permission).
        """
        if len(encoded) <= LONGEST_ENCODED:
            for alias in aliases or self.logins:
                with suppress(Exception):  # the refusal itself is shown in any case
                    answer = self.client("sts", alias).decode_authorization_message(EncodedMessage=encoded)
                    return str(answer["DecodedMessage"])
        return ""

    def authorization_details(self, authorization_id: str, region: str, alias: str) -> Mapping[str, Any]:
        """What AWS keeps of a denied request in the region; nothing where it may not be read. A record may show only after a
        moment. After the first one that cannot be read, the run asks for no other.

        Source: IAM user guide, troubleshoot_access-denied-authorization-id (needs iam:GetRequestAuthorizationDetails).
        """
        with self._details_lock:  # one waits for all
            for wait in (0.5, 1, 2, None):
                if self._lacks_details:
                    break
                try:
                    client = self.client("iam-toolbox", alias, retries=False, region=region)
                    pages = client.get_paginator("get_request_authorization_details")
                    return dict(pages.paginate(authorizationId=authorization_id).build_full_result())
                except Exception as error:  # the refusal itself is shown in any case
                    code = getattr(error, "response", {}).get("Error", {}).get("Code")
                    self._lacks_details = wait is None or code != "ResourceNotFoundException"
                    time.sleep(0 if self._lacks_details else (wait or 0) * self.timing.pause)
        return {}

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _identity(self, alias: str, answer: Mapping[str, str]) -> Identity:
        region = self.client("sts", alias).meta.region_name
        arn, number = str(answer.get("Arn", "")), str(answer.get("Account", ""))
        login = self.logins[alias]
        account = Account(
            alias=alias,
            id=number,
            partition=arn.partition(":")[2].partition(":")[0],
            region=region,
            sign_in=SignIn(profile=login.profile, role_arn=login.role_arn),
            endpoint=login.endpoint,
        )
        if not account.is_one:
            raise AwsError("the answer does not come from AWS: GetCallerIdentity names no account", NOT_AWS)
        return Identity(account, arn)

    def _make(self, service: str, alias: str, retries: bool, region: str = "", **keys: str) -> Any:
        """Every client is created here, so that what the SDK does not understand in the user's settings is explained."""
        with usable_settings():
            return self._made(service, alias, retries, region, **keys)

    def _made(self, service: str, alias: str, retries: bool, region: str, **keys: str) -> Any:
        login = self.logins[alias]
        if alias not in self._sessions:
            session = sandboxed(login) if login.endpoint else open_session(login)
            watch(session.events, alias)  # also for the calls that find its credentials
            self._sessions[alias] = assuming(session, login) if login.role_arn else session
            self._regions[alias] = session.region_name
        from botocore.config import Config  # after the session, for which `sdk.load_boto3` leaves out what it does not need

        # Transfer acceleration is for the data of one bucket: through it no bucket is made, set up or deleted.
        s3 = None if login.endpoint else {"use_accelerate_endpoint": False}
        config = Config(
            s3=s3,
            retries={"mode": "standard", "total_max_attempts": 10 if retries and login.patient else 1},
            connect_timeout=10 if login.patient else 3,
            read_timeout=60 if login.patient else 10,
            tcp_keepalive=True,
            max_pool_connections=PARALLEL_READS + 8,
            user_agent_extra=f"bootstrap/{__version__}",
        )
        where = {"region_name": region} if region else {}
        session, endpoint = self._sessions[alias], login.endpoint
        if service == "s3control" and endpoint is None:  # it has its own setting, and an emulator of S3 is meant for both
            known = self._clients.get(("s3", alias, retries, region))
            s3_client = known or session.client("s3", config=config, **where, **keys)
            endpoint = None if is_of_aws(s3_client.meta.endpoint_url) else s3_client.meta.endpoint_url
        client = session.client(service, endpoint_url=endpoint, config=config, **where, **keys)
        watch(client.meta.events, alias)
        # Reads how lists continue: else each of the threads that ask for that first would do so.
        client.can_paginate(next(iter(client.meta.method_to_api_mapping)))
        if service == "s3control":
            client.meta.events.register("before-call.s3-control", _without_account)
        return client


def is_of_aws(address: str) -> bool:
    """Whether the address of an endpoint is AWS's own, and not an emulator's."""
    return (urlsplit(address).hostname or "").endswith(ENDPOINTS)


def _without_account(params: dict[str, Any], **_: Any) -> None:
    """The SDK puts the account's number in front of any host; only AWS has such names, and an emulator has an address."""
    url = urlsplit(params["url"])
    number, _, host = url.netloc.partition(".")
    if re.fullmatch("[0-9]{12}", number) and not re.search(r"^s3-control|\.amazonaws\.", host):
        params["url"] = urlunsplit(url._replace(netloc=host))
