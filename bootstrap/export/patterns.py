"""The form of an input's value, for the formats that check a parameter: what fits is safe to put into a policy.

A form is a regular expression that Java (CloudFormation) and RE2 (Terraform) read alike, and the limits of the length: RE2
counts to 1,000 only. An input whose check has no form here is written as the value that it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bootstrap.core import validators
from bootstrap.core.input import Check

_ARN = "arn:aws[a-z-]*:iam::[0-9]{12}:"
_NAME = "([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]+"


@dataclass(frozen=True)
class Form:
    """`pattern` is of the whole value; `words` say it to a person."""

    pattern: str
    words: str
    least: int = 1
    most: int = 2048


_BUCKET = Form(r"[a-z0-9](\.?[a-z0-9-])*\.?[a-z0-9]", "the name of a bucket", 3, 63)
"""S3 itself refuses a name that has the form of an IP address, and those that it reserves."""

FORMS: Mapping[Check, Form] = {
    validators.external_id: Form("[A-Za-z0-9_+=,.@:/-]+", "letters, digits and _ + = , . @ : / -", 2, 1224),
    validators.organization_id: Form("[a-z0-9]([a-z0-9-]*[a-z0-9])?", "lower-case letters, digits and hyphens", 1, 40),
    validators.bucket: _BUCKET,
    validators.bucket_prefix: _BUCKET,
    validators.account: Form("[0-9]{12}", "the 12 digits of an AWS account", 12, 12),
    validators.vpc: Form("vpc-[0-9a-f]+", "the id of a VPC", 12, 21),
    validators.subnet: Form("subnet-[0-9a-f]+", "the id of a subnet", 15, 24),
    validators.role_arn: Form(f"{_ARN}role/{_NAME}", "the ARN of a role"),
    validators.principal_arn: Form(f"{_ARN}(root|(role|user)/{_NAME})", "the ARN of a role, a user or an account"),
}
