"""The AWS account and region in which a part of a deployment lives."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bootstrap.core import commands

DEFAULT = "default"
HOMES: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""The home region of IAM, by partition. Only there does the Tagging API list the resources of IAM."""


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """How to sign in to an account: with a profile, with a role to assume, or with the profile and then the role.

    None means: as the command says (--profile, AWS_PROFILE). Neither value is secret.
    """

    profile: str | None = None
    role_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """`alias` is our name for the account in one deployment; `id` has twelve digits; `partition` is aws, aws-cn, ...

    `sign_in` and `endpoint` (of the sandbox) say how this run reaches it. They do not identify it and are not recorded.
    """

    alias: str = DEFAULT
    id: str
    partition: str
    region: str
    sign_in: SignIn = field(default=SignIn(), compare=False)
    endpoint: str | None = field(default=None, compare=False)

    @property
    def is_one(self) -> bool:
        """Whether each part has the form that AWS uses. They become parts of ARNs, in which a * would match everything."""
        forms = {self.id: "[0-9]{12}", self.partition: "aws(-[a-z]+)*", self.region: "[a-z0-9]+(-[a-z0-9]+)*"}
        return all(re.fullmatch(form, text) for text, form in forms.items())

    def to_json(self) -> dict[str, str]:
        return {"alias": self.alias, "id": self.id, "partition": self.partition, "region": self.region}

    def aws(
        self, *words: str, flags: Iterable[str] = (), region: str = "", by_another: bool = False, **options: str | None
    ) -> str:
        """A command of the AWS CLI for this account, in its region or in `region`.

        No profile is printed when the account is reached by a role, or when somebody else should run the command
        (`by_another`): their profiles have other names. The text then starts with the account.
        """
        role = self.sign_in.role_arn
        profile = None if by_another or role else self.sign_in.profile
        connection = commands.connection_options(profile, region or self.region, self.endpoint)
        command = commands.aws(*words, arguments=(), flags=[*flags, *connection], **options)
        if by_another:
            return f"in account {self.id}: {command}"
        return f"in account {self.id}, as {role}: {command}" if role else command

    def service_principal(self, service: str) -> str:
        """The name of an AWS service in a trust policy. In China, EC2 has a domain of its own."""
        domain = "amazonaws.com.cn" if self.partition == "aws-cn" and service == "ec2" else "amazonaws.com"
        return f"{service}.{domain}"

    def managed_policy(self, name: str) -> str:
        """The ARN of an AWS managed policy: it has the partition, and `aws` in place of the account."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"


ANY = Account(id="*", partition="*", region="*")
"""Stands for an account that is not known yet, where ARNs are used as patterns."""

NOT_ASKED = "0" * 17
"""The end of a placeholder id (vpc-...) for one that was not looked up yet."""

EXAMPLE = Account(id="123456789012", partition="aws", region="us-east-1")
"""Stands for the customer's account where a graph is explained without access to AWS."""
