"""Which AWS account and region a part of a deployment lives in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bootstrap.core import commands

DEFAULT = "default"
HOMES: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""The region in which IAM lives, by partition; there the Tagging API shows what IAM has."""


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """How an account is reached, beside the command's own options: by a profile, or by a role to assume from there.

    None stands for what the command says (--profile, AWS_PROFILE). Neither holds anything secret.
    """

    profile: str | None = None
    role_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """`alias` is our name for it within one deployment; `id` is AWS's twelve digits; `partition` is aws, aws-cn, ...

    `sign_in` and `endpoint` (the sandbox's) say how this run reaches it; that is not part of what it is, and not recorded.
    """

    alias: str = DEFAULT
    id: str
    partition: str
    region: str
    sign_in: SignIn = field(default=SignIn(), compare=False)
    endpoint: str | None = field(default=None, compare=False)

    @property
    def is_one(self) -> bool:
        """Whether each part has the form that AWS gives it: they become parts of ARNs, where a * would stand for all."""
        forms = {self.id: "[0-9]{12}", self.partition: "aws(-[a-z]+)*", self.region: "[a-z0-9]+(-[a-z0-9]+)*"}
        return all(re.fullmatch(form, text) for text, form in forms.items())

    def to_json(self) -> dict[str, str]:
        return {"alias": self.alias, "id": self.id, "partition": self.partition, "region": self.region}

    def aws(
        self, *words: str, flags: Iterable[str] = (), region: str = "", by_another: bool = False, **options: str | None
    ) -> str:
        """A command of the AWS CLI that is about this account, in `region` if that is another one.

        A role to assume is no profile, and whoever else is to run it (`by_another`) has profiles of their own: the account
        stands in front of the command then.
        """
        role = self.sign_in.role_arn
        own = not (by_another or role)
        named = commands.connection_options(self.sign_in.profile if own else None, region or self.region, self.endpoint)
        command = commands.aws(*words, arguments=(), flags=[*flags, *named], **options)
        acting = "" if by_another else f", as {role}"
        return command if own else f"in account {self.id}{acting}: {command}"

    def service_principal(self, service: str) -> str:
        """The name a trust policy uses for an AWS service: in China, EC2 has a domain of its own."""
        domain = "amazonaws.com.cn" if self.partition == "aws-cn" and service == "ec2" else "amazonaws.com"
        return f"{service}.{domain}"

    def managed_policy(self, name: str) -> str:
        """The ARN of a policy that AWS manages; it carries the partition, and `aws` for the account."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"


ANY = Account(id="*", partition="*", region="*")
"""Stands for an account that nobody has said yet, where ARNs are made into patterns."""

NOT_ASKED = "0" * 17
"""The end of an id (vpc-...) that stands for one that AWS was not asked for yet."""

EXAMPLE = Account(id="123456789012", partition="aws", region="us-east-1")
"""Stands for the customer's account where a graph is explained without asking AWS."""
