"""What else somebody may do to a machine."""

from bootstrap.aws.scope import Scope
from bootstrap.contract.vandalism import take_profile


def swap_profile(scope: Scope, machine: str) -> None:
    """Somebody gives the machine a profile of theirs, which they create."""
    ec2, theirs = scope.client("ec2"), "Theirs"
    take_profile(ec2, machine)
    scope.client("iam").create_instance_profile(InstanceProfileName=theirs)
    ec2.associate_iam_instance_profile(InstanceId=machine, IamInstanceProfile={"Name": theirs})
