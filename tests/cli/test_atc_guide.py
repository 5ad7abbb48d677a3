"""The page about Aspera: its commands work as they stand, on two accounts, one after the other."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Bootstrap
from tests.cli.test_two_accounts import ENTRANCE, iam as iam, in_s3 as in_s3, names
from tests.test_docs import commands_of

PAGE = Path(__file__).parents[2] / "docs" / "aspera-atc.md"
PROFILES = f"""
[profile cluster]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = example

[profile buckets]
role_arn = {ENTRANCE}
source_profile = cluster
"""


def test_the_commands_of_the_page_create_show_check_and_delete_a_deployment(
    bootstrap: Bootstrap, iam: Any, in_s3: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("config").write_text(PROFILES, encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(Path("config").absolute()))
    for bucket in ("acme-in", "acme-out"):
        in_s3("s3").create_bucket(Bucket=bucket)
    commands = [" ".join(shlex.split(line)[1:]) for line in commands_of(PAGE.read_text(encoding="utf-8"))]
    create, *others = sorted(dict.fromkeys(commands), key=lambda line: not line.startswith("create "))
    [destroy] = [line for line in others if line.startswith("destroy")]
    others.remove(destroy)
    ran = {line.split()[0]: bootstrap(line) for line in (f"{create} --yes", *others, f"{destroy} --yes")}
    assert {verb: each.code for verb, each in ran.items()} == dict.fromkeys(
        ("create", "permissions", "status", "outputs", "destroy"), 0
    ), [each.err for each in ran.values()]
    assert re.search("^Role ARN +arn:aws:iam::210987654321:role/atc-s3-access-keys$", ran["outputs"].out, re.MULTILINE)
    assert "unknown" in ran["status"].out, "the role of the nodes trusts machines only, as the page says"
    assert (names(iam), names(in_s3("iam"))) == (["atc-node"], [])
