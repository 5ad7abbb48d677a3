"""The scripts that the VM and Batch's instances run at their first start.

Both run each step through `step`, which retries it, and print the outcome on the console, where `bootstrap status` reads it
(`core/first_boot.py`). The VM stays on when its script fails, so that somebody can look; an instance of Batch shuts down,
because jobs would fail on it one after the other.
Source: cloud-init's docs (user data formats, per-boot scripts); apt.conf(5); the unit ecs.service of amazon-ecs-agent, which
is ordered after cloud-final.service and does not ask how that ended; EC2 Auto Scaling user guide, health checks (an instance
that is not running is replaced), by which Batch keeps its number of instances.
"""

from collections.abc import Mapping

from bootstrap.core.first_boot import MARK

AWS_CLI = "/usr/local/aws-cli/v2/current/bin/aws"

NEXTFLOW = "25.10.7"
"""The default version of Nextflow, released on July 15, 2026: the newest known release of the last series whose default
parser accepts older pipelines. Since 26.04 the strict parser is the default, and refuses some of them. The vendor's pages
name no version. Source: nextflow-io/nextflow docs/migrations/26-04.mdx and the changelog."""
NEXTFLOW_SHA256: Mapping[str, str] = {
    "25.10.7": "5bbd46b87e806b87acc130f85c13d1323d21587d101dac0e88147078473c281f",
    "26.04.6": "61a755edbed743cfbb568f3a6c67af68481a2f6a4d6dffcc4295e51318968281",
}
"""Checksums of the launcher, by version. Source: nextflow.sha256 in the repository at the tag of the release. For another
version the VM fetches the checksum that Nextflow publishes beside the release (packing.gradle, task deploy): it detects a
broken download, but not a file that somebody replaced on that server together with its checksum."""
UNPINNED = (
    "bootstrap knows no checksum of Nextflow {}. The VM compares the launcher with the checksum that nextflow.io "
    "publishes, which detects a broken download, but not a launcher that was replaced there together with its checksum."
)

PINNED = "nxf_ver"
"""The name of the variable with which the VM's script pins Nextflow; `Ec2Instance.made_with` reads it."""

_BOUNDARY = "==BOOTSTRAP=="

# The VM's address changes during its start, when the elastic IP is associated. Any answer will do: that URL has no page.
_ONLINE = "for _ in {1..60}; do curl -sS --max-time 5 -o /dev/null https://awscli.amazonaws.com && break; sleep 5; done\n"
_FETCH = "curl -fsSL --connect-timeout 10 --speed-limit 1000 --speed-time 30"

# Seven tries in about five minutes, against locks of other package managers, names that do not resolve yet, and busy
# servers. A step that hangs is ended, and the last try begins early enough to end within the hour after which an instance
# counts as failed.
_STEP = f"""\
why="it was stopped before everything was installed"
said() {{ echo "{MARK} $1" | tee /dev/console || true; }}
step() {{
    local pause status
    for pause in 5 10 20 40 80 160 0; do
        echo "+ $*"
        status=0
        timeout -k 30 1200 bash -c "$(declare -f)"'; "$@"' step "$@" < /dev/null > "$work/out" 2>&1 || status=$?
        [ $status -ne 124 ] && [ $status -ne 137 ] || echo "it took longer than 20 minutes" >> "$work/out"
        cat "$work/out"
        [ $status -ne 0 ] || return 0
        [ $SECONDS -lt 2000 ] || break
        sleep "$pause"
    done
    why="$(echo "$*" | cut -c 1-80): $(tail -n 1 "$work/out" | cut -c 1-200)"
    exit 1
}}
trap ended EXIT
work="$(mktemp -d)"
export work
"""

# The trap also runs on SIGTERM, then with status 0: only the last line says that all went well. A VM that stops in the
# middle never runs the script again, so the file holds from the beginning what would be true then.
_VM = f"""\
#!/bin/bash
# Installs what biomodal's version 2 page lists for the VM. Its output is in /var/log/cloud-init-output.log. It does no
# harm to run it again. How it ended is printed on the console, now and at each later start.
set -euo pipefail
kept=/var/lib/bootstrap-first-boot
again=/var/lib/cloud/scripts/per-boot/bootstrap-first-boot
ended() {{
    local end="failed: $why"
    [ -n "$why" ] || end=ready
    said "$end" | tee "$kept"
    rm -rf "${{work-}}"
}}
{_STEP}mkdir -p "$(dirname "$again")"
echo "{MARK} failed: $why" > "$kept"
printf '#!/bin/sh\\ncat %s > /dev/console\\n' "$kept" > "$again"
chmod 755 "$again"
said installing
{_ONLINE}"""

# By default apt only warns of an index that it cannot fetch, and waits for no lock of the lists.
_UBUNTU = """\
export DEBIAN_FRONTEND=noninteractive
echo 'DPkg::Lock::Timeout "600"; Acquire::Retries "5"; APT::Update::Error-Mode "any";' > /etc/apt/apt.conf.d/90-patient
step apt-get update
step apt-get install -y apt-transport-https ca-certificates curl gnupg lsb-release \\
    openjdk-21-jdk-headless unzip wget docker.io tmux
step systemctl enable --now docker
step usermod -aG docker ubuntu
"""

_AMAZON_LINUX = """\
step dnf install -y --allowerasing ca-certificates gnupg2 java-21-amazon-corretto-headless unzip wget docker tmux
step systemctl enable --now docker
step usermod -aG docker ec2-user
"""

_INSTALL_AWS_CLI = f"""\
install_aws_cli() {{
    {_FETCH} https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip -o "$work/awscli.zip" &&
        unzip -qo "$work/awscli.zip" -d "$work" && "$work/aws/install" --update && {AWS_CLI} --version
}}
step install_aws_cli
"""

# Small images have no libz, which the AWS CLI needs before it finds its own. Source: issue 185 of
# aws-samples/aws-genomics-workflows, and its fix, pull request 128.
_DIST = AWS_CLI.replace("bin/aws", "dist")
_USE_OWN_LIBRARIES = f"""\
use_own_libraries() {{
    printf '#!/bin/sh\\nLD_LIBRARY_PATH="%s${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}" exec "%s/aws" "$@"\\n' {_DIST} {_DIST} \\
        > "$work/wrapper" && chmod 755 "$work/wrapper" && mv -f "$work/wrapper" {AWS_CLI} && {AWS_CLI} --version
}}
step use_own_libraries
"""

# Batch adds a part that names its cluster. Containers of large images take longer to start than the 3 and 4 minutes after
# which the agent gives up by default (README of amazon-ecs-agent).
_BATCH = f"""\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="{_BOUNDARY}"

--{_BOUNDARY}
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
# Nextflow's jobs copy their files with the AWS CLI of the machine, at {AWS_CLI}
# Without it each job would fail here: then the machine leaves, and Batch starts another one. So the ECS agent is masked
# until all is there: a script that is killed, or a machine that restarts in the middle, never takes a job. What hangs or
# was killed is shut down after an hour. A restart forgets that, and never runs this script again: then the script that
# runs at every boot shuts down. The agent starts after this script: without --no-block both would wait forever.
set -euo pipefail
restarted=/var/lib/cloud/scripts/per-boot/bootstrap-first-boot
ended() {{
    [ -n "$why" ] || return 0
    said "failed: $why"
    systemctl mask ecs || true
    systemctl stop --no-block ecs || true
    shutdown -h now
}}
{_STEP}mkdir -p "$(dirname "$restarted")"
{{
    echo '#!/bin/sh'
    echo 'echo "{MARK} failed: it restarted before everything was installed" > /dev/console'
    echo 'shutdown -h now'
}} > "$restarted"
chmod 755 "$restarted"
shutdown -h +60
step systemctl mask ecs
printf '%s\\n' ECS_CONTAINER_CREATE_TIMEOUT=30m ECS_CONTAINER_START_TIMEOUT=30m >> /etc/ecs/ecs.config
step yum install -y unzip
{_INSTALL_AWS_CLI}{_USE_OWN_LIBRARIES}step systemctl unmask ecs
rm -f "$restarted"
step systemctl start --no-block ecs
shutdown -c
why=""

--{_BOUNDARY}--
"""


def vm_user_data(image: str, nextflow: str, user: str) -> str:
    """The shell script of the VM's first start. Ubuntu comes without the AWS CLI, Amazon Linux with it. `nextflow` is a
    version that `nextflow.nextflow_version` accepts, `user` the name to log in with."""
    system = _UBUNTU + _INSTALL_AWS_CLI if image.startswith("ubuntu") else _AMAZON_LINUX
    return _VM + system + _nextflow(nextflow, user)


def batch_user_data() -> str:
    """The script of Batch's instances: a MIME multi-part text, because Batch adds parts of its own."""
    return _BATCH


def _nextflow(version: str, user: str) -> str:
    """Installs the launcher of one release. It runs that version even in a shell without NXF_VER (Session Manager starts one
    that reads no profile); NXF_VER is for other launchers, and for people who look. Its first run, as `user`, downloads the
    rest, and shows that Java works."""
    release = f"https://www.nextflow.io/releases/v{version}/nextflow"
    known = NEXTFLOW_SHA256.get(version, "")
    fetched = "" if known else f'{_FETCH} {release}.sha256 -o "$work/sha256" &&\n        '
    checksum = known or '$(cut -c 1-64 "$work/sha256")'
    return f"""\
install_nextflow() {{
    {_FETCH} {release} -o "$work/nextflow" &&
        {fetched}echo "{checksum}  $work/nextflow" | sha256sum -c - &&
        install -m 755 "$work/nextflow" /usr/local/bin/nextflow
}}
grep -qx NXF_VER={version} /etc/environment || echo NXF_VER={version} >> /etc/environment
echo 'export NXF_VER="${{NXF_VER:-{version}}}"' > /etc/profile.d/nextflow.sh
step install_nextflow
step sudo -iu {user} nextflow -version
why=""
"""
