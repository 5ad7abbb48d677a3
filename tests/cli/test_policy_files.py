"""`bootstrap permissions --output`: files that `aws iam create-policy` takes, and commands that work as printed."""

import json
import os
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.policy import MANAGED_LIMIT, characters
from tests.cli.conftest import INPUTS, VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.wire import Wire

OUT = Path("my policies")
WRITE = f"permissions {VPC} --output 'my policies'"
FILE = OUT / "upsolver-vpc.json"


def run_the_commands(printed: str, iam: Any) -> list[str]:
    """What the AWS CLI would do with each line; gives the names of the policies."""
    names = []
    for line in printed.splitlines():
        words = shlex.split(line)
        assert words[:3] == ["aws", "iam", "create-policy"]
        given = dict(zip(words[3::2], words[4::2], strict=True))
        text = Path(given["--policy-document"].removeprefix("file://")).read_text(encoding="utf-8")
        iam.create_policy(PolicyName=given["--policy-name"], PolicyDocument=text)
        names.append(given["--policy-name"])
    return names


@pytest.mark.parametrize("name", INPUTS)
def test_every_file_is_a_policy_that_iam_takes_and_together_they_are_what_is_printed(
    name: str, bootstrap: Bootstrap, scope: MakeScope
) -> None:
    line = f"permissions --integration {name} {INPUTS[name]}"
    printed = bootstrap(line).json
    whole = [printed] if "Statement" in printed else list(printed.values())
    ran = bootstrap(f"{line} --output 'my policies'")
    assert ran.code == 0
    files = sorted(OUT.iterdir())
    written = [json.loads(path.read_text()) for path in files]
    assert sorted(written, key=str) == sorted(whole, key=str)
    assert all(characters(document) <= MANAGED_LIMIT and document["Version"] == "2012-10-17" for document in written)
    names = run_the_commands(ran.out, scope().client("iam"))
    assert sorted(names) == [f"bootstrap-{path.stem}" for path in files]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert "attaches all of them" in ran.err
    assert ran.err.count("In account ") == (2 if name == "aspera-atc" else 0)


def test_the_files_are_one_document_for_programs(bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"permissions --integration biomodal-duet {INPUTS['biomodal-duet']} --output out --name duet --json")
    assert (ran.code, ran.err) == (0, "")
    assert [file["path"] for file in ran.json["policies"]] == ["out/duet-1-of-2.json", "out/duet-2-of-2.json"]
    for file in ran.json["policies"]:
        assert file["account"] == "default"
        assert file["characters"] == characters(json.loads(Path(file["path"]).read_text())) <= MANAGED_LIMIT
        assert file["command"].startswith(f"aws iam create-policy --policy-name {file['name']} ")


def test_a_file_with_other_content_is_kept_unless_force_is_given(bootstrap: Bootstrap) -> None:
    assert bootstrap(WRITE).code == 0
    before = FILE.read_text()
    assert bootstrap(WRITE).code == 0
    FILE.write_text("of the user")
    refused = bootstrap(WRITE)
    assert refused.code == 64
    assert f"--output would overwrite: {FILE}" in refused.err
    assert "add --force to overwrite" in refused.err
    assert FILE.read_text() == "of the user"
    assert bootstrap(f"{WRITE} --force").code == 0
    assert FILE.read_text() == before


def test_a_link_is_not_written_through(bootstrap: Bootstrap) -> None:
    OUT.mkdir()
    Path("precious").write_text("of the user")
    FILE.symlink_to(Path("precious").absolute())
    for force in ("", " --force"):
        ran = bootstrap(WRITE + force)
        assert ran.code == 64
        assert "is a symbolic link" in ran.err
    assert Path("precious").read_text() == "of the user"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--output a-file", "a-file is not a folder"),
        ("--output a-file/below", "a-file is not a folder"),
        ("--output .bootstrap", "is a folder for states"),
        ("--output /proc/new", "cannot write into /proc/new"),
        ("--output out --explain", "--explain prints a table and no policy"),
        ("--force", "--force overwrites files of --output, which is not given"),
    ],
)
def test_what_cannot_be_written_is_one_error_and_nothing_is_left(
    words: str, told: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    Path("a-file").touch()
    ran = bootstrap(f"permissions {VPC} {words}")
    assert ran.code == 64
    assert told in ran.err
    assert ran.out == ""
    assert os.listdir() == ["a-file"]


def test_what_is_printed_says_how_to_use_it(bootstrap: Bootstrap) -> None:
    one = bootstrap(f"permissions {VPC}")
    assert "add --output FOLDER. An administrator creates each policy in IAM" in one.err
    several = bootstrap(f"permissions --integration biomodal-duet {INPUTS['biomodal-duet']}")
    assert "These are 2 policies, by name; each is a document of its own." in several.err
    assert bootstrap(f"permissions {VPC} --json").err == ""


def test_the_policies_of_each_verb_have_names_of_their_own(bootstrap: Bootstrap) -> None:
    for verb in ("create", "destroy"):
        ran = bootstrap(f"{WRITE} --for {verb}")
        assert ran.code == 0
        assert f"--policy-name bootstrap-upsolver-vpc-{verb} " in ran.out
    assert sorted(os.listdir(OUT)) == ["upsolver-vpc-create.json", "upsolver-vpc-destroy.json"]


def test_what_an_earlier_run_with_more_parts_left_is_named_and_stays(bootstrap: Bootstrap) -> None:
    OUT.mkdir()
    old = ["upsolver-vpc-1-of-2.json", "upsolver-vpc-2-of-2.json"]
    # other deployments', another verb's, the user's
    others = ["upsolver-vpc-1.json", "upsolver-vpc-2.json", "upsolver-vpc-create.json", "notes.txt"]
    for name in (*old, *others):
        (OUT / name).write_text("{}")
    ran = bootstrap(WRITE)
    assert ran.code == 0
    assert f"do not belong to these policies: {', '.join(str(OUT / name) for name in old)}." in ran.err
    assert bootstrap(f"{WRITE} --json").json["left_over"] == [str(OUT / name) for name in old]
    assert {(OUT / name).read_text() for name in (*old, *others)} == {"{}"}


def test_what_an_earlier_run_with_one_part_left_is_named_too(bootstrap: Bootstrap) -> None:
    Path("out").mkdir()
    Path("out/biomodal-duet.json").write_text("{}")
    line = f"permissions --integration biomodal-duet {INPUTS['biomodal-duet']} --output out --json"
    assert bootstrap(line).json["left_over"] == ["out/biomodal-duet.json"]
    Path("out/biomodal-duet.json").unlink()
    assert bootstrap(line).json["left_over"] == []


def test_the_commands_are_about_the_account_and_the_region_of_the_run(bootstrap: Bootstrap) -> None:
    assert bootstrap(f"{WRITE} --region eu-west-1").out.rstrip().endswith(f"file://{FILE}' --region eu-west-1")
    aspera = bootstrap(f"permissions --integration aspera-atc {INPUTS['aspera-atc']} --cluster-profile cluster --output out")
    cluster, s3 = aspera.out.splitlines()
    assert "--profile cluster" in cluster
    assert "--profile" not in s3  # its role is assumed by bootstrap alone; an administrator signs in to that account
