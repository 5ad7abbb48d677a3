"""The internals of moto and botocore that are replaced here are still those that the replacements were written for.

pyproject.toml keeps both below their next minor version. With a new patch release this says which function to read again:
look at what changed, correct our part, then write the new digests with UPDATE_GOLDEN=1.
"""

import hashlib
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DIGESTS = Path(__file__).with_name("patched.json")
OTHERS = (
    "botocore.client:BaseClient._make_api_call",
    "botocore.credentials:AssumeRoleProvider._load_creds_via_assume_role",
    "botocore.credentials:DeferredRefreshableCredentials._refresh",
    "botocore.credentials:LoginProvider.load",
    "botocore.credentials:ProcessProvider._retrieve_credentials_using",
    "botocore.credentials:RefreshableCredentials._refresh",
    "botocore.crt.auth:CrtSigV4Auth.add_auth",
    "botocore.retries.quota:RetryQuota.acquire",
    "botocore.retries.standard:ExponentialBackoff.delay_amount",
    "botocore.session:create_loader",
    "botocore.signers:RequestSigner.get_auth_instance",
    "botocore.signers:RequestSigner.sign",
    "botocore.useragent:sanitize_user_agent_string_component",
    "moto.core.base_backend:BackendDict.reset",
    "moto.core.base_backend:BaseBackend.reset",
    "moto.core.base_backend:BaseBackend.urls",
    "moto.core.botocore_stubber:BotocoreStubber.__call__",
    "moto.core.botocore_stubber:BotocoreStubber.process_request",
    "moto.core.request:Request.from_primitives",
    "moto.core.request:normalize_request",
    "moto.core.serialize:AttributePicker.__call__",
    "moto.core.serialize:XFormedAttributePicker.get_possible_keys",
    "moto.core.utils:method_names_from_class",
    "moto.ec2.models.amis:AmiBackend._load_amis",
    "moto.ec2.utils:random_resource_id",
    "moto.kms.utils:generate_private_key",
    "moto.moto_api._internal.moto_random:MotoRandom.get_random_string",
    "xmltodict:_emit",
    "xmltodict:unparse",
)
"""What `tests/conftest.py`, `tests/support/light_*.py`, and `bootstrap/aws/{cage,credentials}.py`
replace, or rely on in the place of what they replace."""


def digest(name: str) -> str:
    """Of the function's source, as short as can be compared by eye."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = inspect.getattr_static(found, part)
    function: Callable[..., Any] = inspect.unwrap(getattr(found, "fget", None) or getattr(found, "__func__", found))
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:12]


@pytest.fixture(scope="module")
def patched() -> list[str]:
    """All of them; those of the sandbox as they are replaced, in a process in which nothing is yet."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.replaced"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sorted({*json.loads(ran.stdout), *OTHERS})


def test_what_is_replaced_is_what_the_replacement_was_written_for(patched: list[str]) -> None:
    # In a process of its own: the fixtures of other tests replace some of them in this one.
    code = (
        "import json, sys\n"
        "from tests.sandbox.test_patched import digest\n"
        "print(json.dumps({name: digest(name) for name in json.load(sys.stdin)}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(patched), cwd=ROOT, capture_output=True, text=True, check=True
    )
    now = json.loads(ran.stdout)
    if os.environ.get("UPDATE_GOLDEN"):
        DIGESTS.write_text(json.dumps(now, indent=1) + "\n")
    assert now == json.loads(DIGESTS.read_text()), "read what has changed: our replacement may no longer fit"
    assert len(now) > 60


@pytest.mark.parametrize("package", ["moto", "botocore", "boto3"])
def test_no_later_minor_version_is_installed_by_itself(package: str) -> None:
    wanted = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    major, minor = re.findall(r"\d+", importlib.import_module(package).__version__)[:2]
    assert re.search(rf'"{package}(\[\w+\])?>=[\d.]+,<{major}\.{int(minor) + 1}"', wanted)
