"""One check of AWS's, and what requests say, for all services."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from moto.iam.models import iam_backends

from bootstrap.sandbox.authorization.call import Call

OWN = "123456789012"
NEW = "made-now"
"""The id of what does not exist yet."""


@dataclass(frozen=True)
class Check:
    action: str
    arn: str
    context: tuple[tuple[str, str], ...] = ()
    account: str = OWN

    def __str__(self) -> str:
        return f"{self.action} on resource: {self.arn}"


def form_of(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body, keep_blank_values=True))


def values(form: Mapping[str, str], pattern: str) -> list[str]:
    return [value for key, value in form.items() if re.fullmatch(pattern, key)]


def tags_of(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    keys = [key for key in form if key.startswith(prefix) and key.endswith(".Key")]
    return {form[key]: form.get(key.removesuffix("Key") + "Value", "") for key in keys}


def passed(account: str, profile: str, service: str) -> Iterator[Check]:
    """The role in the profile, an ARN or a name, is handed to the service."""
    for item in iam_backends[account]["aws"].instance_profiles.values():
        if profile in (item.arn, item.name):
            for role in item.roles:
                yield Check("iam:PassRole", role.arn, (("iam:PassedToService", service),))
