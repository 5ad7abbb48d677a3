"""The images that a VM can start from, and how their users are called."""

from collections.abc import Mapping

_UBUNTU = "/aws/service/canonical/ubuntu/server"

IMAGES: Mapping[str, tuple[str, str, str]] = {
    "ubuntu-24.04": (f"{_UBUNTU}/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", "/dev/sda1", "ubuntu"),
    "ubuntu-22.04": (f"{_UBUNTU}/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id", "/dev/sda1", "ubuntu"),
    "amazon-linux-2023": (
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        "/dev/xvda",
        "ec2-user",
    ),
}
"""By the image's name: its public SSM parameter, its root device, and the user name to log in with."""
