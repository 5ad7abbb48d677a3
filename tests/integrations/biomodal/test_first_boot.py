"""The scripts of first boot, run by bash in a folder that stands for the machine, with programs that fail as there."""

import email
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from bootstrap.core.first_boot import last_said
from bootstrap.integrations.biomodal import first_boot
from bootstrap.integrations.biomodal.first_boot import AWS_CLI, NEXTFLOW, NEXTFLOW_SHA256
from bootstrap.integrations.biomodal.images import IMAGES

UNCHECKED = "25.10.6"
"""A version whose checksum is only known to the server, as here that of what stands for the launcher."""
PROGRAMS: Mapping[str, str] = {
    "curl": f"""\
case "$*" in *.sha256' '*) says="{sha256(b"downloaded" + bytes([10])).hexdigest()}";; *) says=downloaded;; esac
while [ $# -gt 1 ]; do [ "$1" != -o ] || echo "$says" > "$2"; shift; done
""",
    "unzip": """\
mkdir -p "$4/aws"
cat > "$4/aws/install" <<'END'
#!/bin/sh
mkdir -p "$CLI/../dist" "$CLI"
printf '#!/bin/sh\\necho $LD_LIBRARY_PATH $*\\n' > "$CLI/../dist/aws"
chmod 755 "$CLI/../dist/aws"
ln -sf ../dist/aws "$CLI/aws"
END
chmod 755 "$4/aws/install"
""",
    **dict.fromkeys(("apt-get", "dnf", "yum", "systemctl", "usermod", "shutdown", "sudo", "sleep"), ""),
}
FOLDERS = ("dev", "etc/apt/apt.conf.d", "etc/profile.d", "etc/ecs", "usr/local/bin", "var/lib", "bin")
LOCKED = """\
n=$(cat "$0.tries" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.tries"
[ "$1" != update ] || [ $n -ge 3 ] || { echo 'E: Could not get lock /var/lib/apt/lists/lock.' >&2; exit 100; }
"""
NO_ROUTE = "echo 'curl: (6) Could not resolve host: awscli.amazonaws.com' >&2; exit 6"


@dataclass(frozen=True)
class Machine:
    """The folder that stands for /, and which commands its programs were given."""

    root: Path

    def runs(self, script: str, **programs: str) -> int:
        """Runs the script with these programs in place of those that work, and gives what it ended with."""
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for name, does in {**PROGRAMS, **{name.replace("_", "-"): does for name, does in programs.items()}}.items():
            program = self.root / "bin" / name
            program.write_text(f'#!/bin/bash\necho "{name} $*" >> {self.root}/called\n{does}\n')
            program.chmod(0o755)
        here = re.sub(r"(?<=[ =>\n])/(?=(?:dev/console|etc|usr/local|var/lib)\b)", f"{self.root}/", script)
        environment = {
            "PATH": f"{self.root}/bin:/usr/bin:/bin",
            "CLI": str(self.root / AWS_CLI[1:-4]),
            "TMPDIR": str(self.root),
        }
        ran = subprocess.run(
            ["/bin/bash", "-c", f"echo $$ > {self.root}/pid\n{here}"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return ran.returncode

    @property
    def calls(self) -> list[str]:
        return (self.root / "called").read_text().splitlines()

    def has(self, path: str) -> str:
        return (self.root / path).read_text()

    @property
    def said(self) -> tuple[str, str] | None:
        return last_said(self.has("dev/console"))

    def starts_again(self) -> tuple[str, str] | None:
        """What the console of the next start says."""
        (self.root / "dev/console").write_text("")
        again = self.root / "var/lib/cloud/scripts/per-boot/bootstrap-first-boot"
        subprocess.run([again], env={"PATH": f"{self.root}/bin:/usr/bin:/bin"}, check=True)
        return self.said


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def vm(image: str = "ubuntu-24.04", version: str = UNCHECKED) -> str:
    return first_boot.vm_user_data(image, version, IMAGES[image][2])


def batch() -> str:
    message = email.message_from_string(first_boot.batch_user_data())
    [script] = [part for part in message.walk() if not part.is_multipart()]
    return str(script.get_payload())


@pytest.mark.parametrize("image", IMAGES)
def test_a_vm_on_which_all_goes_well_says_so_now_and_at_each_later_start(image: str, machine: Machine) -> None:
    assert machine.runs(vm(image)) == 0
    assert machine.said == ("ready", "")
    assert machine.starts_again() == ("ready", "")
    assert f"usermod -aG docker {IMAGES[image][2]}" in machine.calls
    assert not list(machine.root.glob("tmp.*"))


@pytest.mark.parametrize("image", IMAGES)
def test_every_user_of_the_vm_has_the_version_of_nextflow_that_was_asked_for(image: str, machine: Machine) -> None:
    script = vm(image)
    assert (machine.runs(script), machine.runs(script)) == (0, 0)  # by hand once more
    assert machine.has("etc/environment") == f"NXF_VER={UNCHECKED}\n"
    fetched = {call for call in machine.calls if "nextflow.io" in call}
    release = f"https://www.nextflow.io/releases/v{UNCHECKED}/nextflow"  # runs this version without any variable, too
    assert {call.partition(" -o ")[0].rpartition(" ")[2] for call in fetched} == {release, f"{release}.sha256"}
    assert f"sudo -iu {IMAGES[image][2]} nextflow -version" in machine.calls
    for given, seen in {"": UNCHECKED, "NXF_VER=24.10.9 ": "24.10.9"}.items():
        shell = f"{given}sh -c '. {machine.root}/etc/profile.d/nextflow.sh; sh -c \"echo \\$NXF_VER\"'"
        assert subprocess.run(["sh", "-c", shell], capture_output=True, text=True, env={}).stdout == f"{seen}\n"


@pytest.mark.parametrize(
    ("version", "curl"),
    [
        (NEXTFLOW, PROGRAMS["curl"]),
        (UNCHECKED, PROGRAMS["curl"].replace("says=downloaded", "says=tampered")),
        (UNCHECKED, PROGRAMS["curl"].replace('says="', 'says="<html>')),
        (UNCHECKED, f'case "$*" in *.sha256*) echo "curl: (22) 404" >&2; exit 22;; esac\n{PROGRAMS["curl"]}'),
    ],
    ids=["of a known release", "of another release", "with a page for a checksum", "without a checksum"],
)
def test_a_launcher_that_is_not_the_one_of_the_release_is_not_installed(version: str, curl: str, machine: Machine) -> None:
    assert (NEXTFLOW in NEXTFLOW_SHA256, UNCHECKED in NEXTFLOW_SHA256) == (True, False)
    assert machine.runs(vm(version=version), curl=curl) == 1
    verdict, text = machine.said or ("", "")
    assert (verdict, text.partition(":")[0]) == ("failed", "install_nextflow")
    assert not (machine.root / "usr/local/bin/nextflow").exists()


def test_a_lock_that_somebody_holds_for_a_while_is_waited_for(machine: Machine) -> None:
    """The timeout of dpkg's lock is none for the lists' lock, and unattended upgrades hold that at a first boot."""
    assert machine.runs(vm(), apt_get=LOCKED) == 0
    assert machine.said == ("ready", "")
    assert machine.calls.count("apt-get update") == 4
    assert [call for call in machine.calls if call.startswith("sleep")] == ["sleep 5", "sleep 10", "sleep 20"]


FAILURES: dict[str, tuple[str, dict[str, str], str]] = {
    "apt's lists are locked for good": (
        "ubuntu-24.04",
        {"apt_get": "echo 'E: Could not get lock' >&2; exit 100"},
        "apt-get update: E: Could not get lock",
    ),
    "a package is missing": (
        "amazon-linux-2023",
        {"dnf": "echo 'Error: Unable to find a match: docker'; exit 1"},
        "dnf install -y --allowerasing ca-certificates gnupg2 java-21-amazon-corretto-hea: "
        "Error: Unable to find a match: docker",
    ),
    "the AWS CLI cannot be fetched": (
        "ubuntu-24.04",
        {"curl": NO_ROUTE},
        "install_aws_cli: curl: (6) Could not resolve host: awscli.amazonaws.com",
    ),
    "the AWS CLI arrives broken": (
        "ubuntu-22.04",
        {"unzip": "echo 'End-of-central-directory signature not found.'; exit 9"},
        "install_aws_cli: End-of-central-directory signature not found.",
    ),
    "there is no such version of Nextflow": (
        "ubuntu-24.04",
        {"curl": f'case "$*" in *nextflow*) echo "curl: (22) 404" >&2; exit 22;; esac\n{PROGRAMS["curl"]}'},
        "install_nextflow: curl: (22) 404",
    ),
    "Docker does not start": (
        "ubuntu-24.04",
        {"systemctl": "echo 'Job for docker.service failed.'; exit 1"},
        "systemctl enable --now docker: Job for docker.service failed.",
    ),
    "Nextflow does not run": (
        "ubuntu-24.04",
        {"sudo": "printf 'ERROR: Cannot find Java\\r\\n'; exit 1"},
        "sudo -iu ubuntu nextflow -version: ERROR: Cannot find Java",
    ),
    "the machine is stopped in the middle": (
        "ubuntu-24.04",
        {"usermod": 'kill -TERM $(cat "${0%/bin/*}/pid")'},
        "it was stopped before everything was installed",
    ),
    "the machine loses its power in the middle": (
        "ubuntu-24.04",
        {"usermod": 'kill -KILL $(cat "${0%/bin/*}/pid")'},
        "",
    ),
}


@pytest.mark.parametrize(("image", "programs", "why"), FAILURES.values(), ids=FAILURES)
def test_a_vm_on_which_something_fails_says_what_and_stays_on(
    image: str, programs: dict[str, str], why: str, machine: Machine
) -> None:
    assert machine.runs(vm(image), **programs) != 0
    assert machine.said == (("failed", why) if why else ("installing", ""))
    assert machine.starts_again() == ("failed", why or "it was stopped before everything was installed")
    assert not [call for call in machine.calls if call.startswith("shutdown")]
    assert machine.runs(vm(image)) == 0  # as status says to do when the cause is gone
    assert machine.starts_again() == ("ready", "")


def test_a_machine_of_batch_on_which_all_goes_well_takes_jobs(machine: Machine) -> None:
    assert machine.runs(batch()) == 0
    assert [call for call in machine.calls if call.startswith(("shutdown", "systemctl"))] == [
        "shutdown -h +60",
        "systemctl mask ecs",
        "systemctl unmask ecs",
        "systemctl start --no-block ecs",
        "shutdown -c",
    ]
    assert (machine.root / AWS_CLI[1:]).exists()
    assert "ECS_CONTAINER_START_TIMEOUT=30m\n" in machine.has("etc/ecs/ecs.config")


def test_a_machine_of_batch_whose_script_is_killed_takes_no_job_and_shuts_down_later(machine: Machine) -> None:
    assert machine.runs(batch(), yum='kill -KILL $(cat "${0%/bin/*}/pid")') != 0
    assert machine.calls[:2] == ["shutdown -h +60", "systemctl mask ecs"]
    assert not [call for call in machine.calls if "unmask" in call or call == "shutdown -c"]


def test_a_machine_of_batch_that_restarts_in_the_middle_shuts_down_at_that_boot(machine: Machine) -> None:
    """Its script never runs again, the timer is forgotten, and the agent stays masked: it would only cost money."""
    assert machine.runs(batch(), yum='kill -KILL $(cat "${0%/bin/*}/pid")') != 0
    assert machine.starts_again() == ("failed", "it restarted before everything was installed")
    assert machine.calls[-1] == "shutdown -h now"


def test_a_machine_of_batch_that_restarts_later_goes_on(machine: Machine) -> None:
    assert machine.runs(batch()) == 0
    assert not list((machine.root / "var/lib/cloud/scripts/per-boot").iterdir())


@pytest.mark.parametrize(
    "programs",
    [
        {"curl": NO_ROUTE},
        {"yum": "exit 1"},
        {"unzip": "exit 9"},
        {"unzip": 'mkdir -p "$4/aws"; printf \'#!/bin/sh\\n\' > "$4/aws/install"; chmod 755 "$4/aws/install"'},
        {"mktemp": "echo 'mktemp: No space left on device' >&2; exit 1"},
        {"yum": 'kill -TERM $(cat "${0%/bin/*}/pid")'},
        {"yum": "exit 1", "systemctl": "exit 1"},
    ],
    ids=["no download", "no package", "a broken zip", "no CLI after all", "a full disk", "stopped", "and no systemd"],
)
def test_a_machine_of_batch_on_which_anything_fails_leaves_before_it_takes_a_job(
    programs: dict[str, str], machine: Machine
) -> None:
    assert machine.runs(batch(), **programs) != 0
    verdict, _ = machine.said or ("", "")
    assert verdict == "failed"
    assert machine.calls[-3:] == ["systemctl mask ecs", "systemctl stop --no-block ecs", "shutdown -h now"]
    waited = sum(int(call.split()[1]) for call in machine.calls if call.startswith("sleep"))
    assert waited <= 400  # seconds; it costs as much as one that works


@pytest.mark.parametrize("script", [vm(), batch()], ids=["VM", "Batch"])
def test_a_step_that_hangs_is_ended_and_is_a_failure(script: str, machine: Machine) -> None:
    programs = {"apt_get": "/bin/sleep 50"} if "apt-get" in script else {"yum": "/bin/sleep 50"}
    assert machine.runs(script.replace(" 1200 ", " 0.2 "), **programs) == 1
    verdict, text = machine.said or ("", "")
    assert (verdict, text.rpartition(": ")[2]) == ("failed", "it took longer than 20 minutes")


def test_a_container_without_libz_can_use_the_aws_cli_of_the_machine(machine: Machine) -> None:
    assert machine.runs(batch()) == 0
    cli, dist = machine.root / AWS_CLI[1:], str(machine.root / AWS_CLI[1:]).replace("bin/aws", "dist")
    cases: list[tuple[dict[str, str], str]] = [({}, dist), ({"LD_LIBRARY_PATH": "/opt/lib"}, f"{dist}:/opt/lib")]
    for given, seen in cases:
        ran = subprocess.run([cli, "s3", "ls"], capture_output=True, text=True, env=given)
        assert ran.stdout == f"{seen} s3 ls\n"
