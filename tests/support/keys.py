"""Public keys. Nobody has the private halves, except for those that a test makes."""

import subprocess
from pathlib import Path

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHfiC0p2fS0m4BKA4qtmRLKI7TdXGVj1OadgyirPcTrf"
RSA = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDL4SNgidRkfNj3hM3Ulnz9Fx7BhDI4YKHnwFlXKsC/oD7thHNMAHlqYBMiClJR"
    "UOEvtyQF2veQ9CF7qw8ZKDo7kZ0StUlueDPeB+rYEsHAKFR3PnHik247bu4o1i4/TLhPaEeDT0JT5y8f0LFAY4nMpMiY3Oq8Fnwx"
    "CrfE8OYwLHJnsliGxH7hYJxxJVbyHQb6qciuLh3+Vm1elnCdoACTBgW2zQSm/8IK7Niu+G09g4DL4MTKmNw9WU8K8xEIp13OM76J"
    "LEwlQu45Ml88ojgEqyGEDITL3b/DxL99w8Zra60eA70ybIUY/bwJQnaPrAUIbgNAMIZ9lwVb+ZnkEjc9"
)
SHORT_RSA = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDQLkxgEboqINnG85I603IrxgAEE9XI4lkIkdeoPw8HuAE9E1XMDDBNFLVwuP1S"
    "N2msdEKq7JEnTOZQSA3P38/9ELyoBTpFs1KUVpjDSwRT7KRsdLHqKG0q3vHobNvp3QzfEVhmzp9bfrPTIvn5GUv3Gp6zyotJcD1Q"
    "vBIwR0I9/w=="
)
ECDSA = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAtS1RFIyW5QYVwBSJklnQfvDz13"
    "zJS/a1TJvbUM15SzkxR/kw/DXHWrO+X9zE+EKzjfDv59rO8CQ+9RZwbFjAw="
)


def key_pair(path: Path) -> Path:
    """A new private key in this file, without a passphrase; its public key is beside it."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)]
    subprocess.run(words, check=True)
    return path
