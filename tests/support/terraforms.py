"""A real Terraform with its AWS provider, where the machine has both, for the sandbox."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bootstrap.sandbox import Server

PROGRAM = shutil.which("terraform")
_PROVIDER = "registry.terraform.io/hashicorp/aws"


def plugins() -> Path | None:
    """The folder that has the provider: the one that TERRAFORM_PLUGINS names, else one in a usual place."""
    usual = [*Path("/opt").glob("*"), Path.home() / ".terraform.d" / "plugins", Path("/usr/local/share/terraform/plugins")]
    named = os.environ.get("TERRAFORM_PLUGINS")
    return next((each for each in ([Path(named)] if named else usual) if (each / _PROVIDER).is_dir()), None)


WHY_NOT = (
    "there is no terraform on this machine"
    if PROGRAM is None
    else "there is no provider hashicorp/aws on this machine; TERRAFORM_PLUGINS can name its folder"
    if plugins() is None
    else ""
)


def provider(server: Server, **elsewhere: str) -> str:
    """`elsewhere` are the addresses of services that the sandbox does not have."""
    urls = {**dict.fromkeys(("batch", "ec2", "iam", "s3", "sts"), server.url), **elsewhere}
    services = "".join(f'    {service} = "{url}"\n' for service, url in urls.items())
    return (
        'provider "aws" {\n  region = "us-east-1"\n'
        f'  access_key = "{server.key_id}"\n  secret_key = "sandbox"\n'
        "  s3_use_path_style = true\n  skip_metadata_api_check = true\n  skip_credentials_validation = true\n"
        f"  endpoints {{\n{services}  }}\n}}\n"
    )


def module(name: str) -> str:
    return f'module "{name}" {{\n  source = "./{name}"\n}}\n'


def write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def terraform(folder: Path, *words: str) -> str:
    """Runs it, and gives what it printed. It asks nobody whether there is a newer one, and nothing of the user's is read. It
    and its provider seldom collect garbage, which is a fifth of their time."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    more = {"CHECKPOINT_DISABLE": "1", "AWS_EC2_METADATA_DISABLED": "true", "TF_CLI_CONFIG_FILE": "/dev/null", "GOGC": "400"}
    assert PROGRAM is not None
    ran = subprocess.run([PROGRAM, *words], cwd=folder, env={**usual, **more}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def initialized(folder: Path) -> Path:
    terraform(folder, "init", "-no-color", f"-plugin-dir={plugins()}")
    return folder
