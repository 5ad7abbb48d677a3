"""The Upsolver integrations on ministack, an emulator that is not moto: made, made again, looked at and deleted.

It pins a botocore of its own, so it cannot be installed beside bootstrap: `make emulators` gives it a venv, whose folder is
the argument here. Ends with 1 at the first command that fails, and shows what that printed.
"""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import boto3

INPUTS = {
    "upsolver-vpc": "--external-id ext-1 --org-id acme",
    "upsolver-private-vpc": "--external-id ext-1 --org-id acme",
    "upsolver-data-access": "--external-id ext-1 --trusted-principal arn:aws:iam::111122223333:role/up --bucket raw-data",
}
COMMANDS = (
    "create --integration {name} {inputs} --yes",
    "create --integration {name} --yes",
    "plan --integration {name} --detailed-exitcode",
    "status --detailed-exitcode",
    "destroy --yes",
)
LONGEST_START = 60.0


@contextmanager
def serving(venv: Path) -> Iterator[str]:
    """The address of the emulator, on this machine only, for as long as the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "S3_PERSIST": "0"}
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [venv / "bin" / "ministack"],
            env={**os.environ, **settings, "TMPDIR": folder},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + LONGEST_START
            while server.poll() is None and time.monotonic() < deadline:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def run(line: str, folder: Path, url: str) -> bool:
    settings = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOOTSTRAP_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "bootstrap", *shlex.split(line)],
        cwd=folder,
        env={**usual, **settings, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull},
        capture_output=True,
        text=True,
    )
    print(f"{'ok' if ran.returncode == 0 else 'FAILED'}  bootstrap {line}", flush=True)
    if ran.returncode:
        print(ran.stdout, ran.stderr, sep="\n")
    return ran.returncode == 0


def main(venv: Path) -> int:
    with serving(venv) as url, tempfile.TemporaryDirectory() as folder:
        s3 = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        s3.create_bucket(Bucket="raw-data")  # the data must exist
        lines = [each.format(name=name, inputs=inputs) for name, inputs in INPUTS.items() for each in COMMANDS]
        return 0 if all(run(line, Path(folder), url) for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
