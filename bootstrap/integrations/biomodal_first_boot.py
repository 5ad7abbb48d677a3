"""What the machines of a duet environment run when they first start: scripts for the VM and for Batch."""

AWS_CLI = "/usr/local/aws-cli/v2/current/bin/aws"

_BOUNDARY = "==BOOTSTRAP=="

# The VM's address changes while it starts, when the elastic IP comes. Any answer will do: that address has no page.
_ONLINE = "for _ in {1..60}; do curl -sS --max-time 5 -o /dev/null https://awscli.amazonaws.com && break; sleep 5; done\n"
_FETCH = "curl -fsSL --retry 10 --retry-all-errors --connect-timeout 10"

_UBUNTU = f"""\
#!/bin/bash
# Installs what biomodal's version 2 page lists for the VM. Its output is in /var/log/cloud-init-output.log.
set -euxo pipefail
export DEBIAN_FRONTEND=noninteractive
{_ONLINE}echo 'DPkg::Lock::Timeout "600"; Acquire::Retries "5";' > /etc/apt/apt.conf.d/90-patient
apt-get update
apt-get install -y apt-transport-https ca-certificates curl gnupg lsb-release openjdk-21-jdk-headless unzip wget docker.io
systemctl enable --now docker
usermod -aG docker ubuntu
"""

_AMAZON_LINUX = f"""\
#!/bin/bash
# Installs what biomodal's version 2 page lists for the VM. Its output is in /var/log/cloud-init-output.log.
set -euxo pipefail
{_ONLINE}dnf install -y --allowerasing ca-certificates gnupg2 java-21-amazon-corretto-headless unzip wget docker
systemctl enable --now docker
usermod -aG docker ec2-user
"""

_AWS_CLI = f"""\
{_FETCH} https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip -o /tmp/awscli.zip
unzip -q /tmp/awscli.zip -d /tmp
/tmp/aws/install
"""

_NEXTFLOW = f"""\
{_FETCH} https://get.nextflow.io -o /usr/local/bin/nextflow
chmod 755 /usr/local/bin/nextflow
"""

_BATCH = f"""\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="{_BOUNDARY}"

--{_BOUNDARY}
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
# Nextflow's jobs copy their files with the AWS CLI of the machine, at {AWS_CLI}
set -euxo pipefail
{_ONLINE}yum install -y unzip
{_AWS_CLI}
--{_BOUNDARY}--
"""


def vm_user_data(image: str) -> str:
    """A shell script for the VM's first start. Ubuntu comes without the AWS CLI, Amazon Linux with it."""
    if image.startswith("ubuntu"):
        return _UBUNTU + _AWS_CLI + _NEXTFLOW
    return _AMAZON_LINUX + _NEXTFLOW


def batch_user_data() -> str:
    """For Batch's machines: a MIME multi-part text, because Batch adds parts of its own."""
    return _BATCH
