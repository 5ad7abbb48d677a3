"""What EC2 does with a KMS key as the caller, when a machine with encrypted volumes starts.

Source: EC2 user guide EBSEncryption.
"""

from collections.abc import Iterator

from bootstrap.core.account import Account
from bootstrap.core.permission import Condition, Operation
from bootstrap.core.plan import Change
from bootstrap.permissions.operator import Need

STARTS = {"ec2:RunInstances", "ec2:StartInstances"}


def keys_of_volumes(change: Change, on: Operation, account: Account) -> Iterator[Need]:
    """For a machine with encrypted volumes, EC2 uses the key as the caller. The operator's policy does not ask for that: the
    account's own key lets in everybody of the account, and whoever chose another one knows it. A cage would cut it off, and
    the machine would end as it starts."""
    service = tuple(f"ec2.{account.region}.amazonaws.com{ending}" for ending in ("", ".cn"))
    grants = Condition("Bool", "kms:GrantIsForAWSResource", ("true",))
    through_ec2 = Condition("StringEquals", "kms:ViaService", service)
    for name in ("CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"):
        yield Need(
            account=change.account,
            on=on,
            action=f"kms:{name}",
            arn=f"arn:{account.partition}:kms:{account.region}:*:key/*",
            conditions=(through_ec2, grants) if name == "CreateGrant" else (through_ec2,),
            reason="EC2 encrypts the volumes of the machine",
            wide="only EC2 may use it, with the key for volumes of the account",
            address=change.address,
        )
