"""`bootstrap integrations NAME`: with every input of the integration, in every format, and without AWS."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import INPUTS, Bootstrap
from tests.support.inputs import EVERYTHING, THOROUGH
from tests.support.wire import Wire

INPUT = "integrations upsolver-vpc"


@pytest.fixture(autouse=True)
def no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", THOROUGH)
def test_it_takes_what_create_takes(name: str, in_process: Bootstrap, cloud: Wire) -> None:
    assert in_process(f"integrations {name} {INPUTS[name]}").code == 0
    Path("key.pub").write_text(EVERYTHING[name].get("public_key", ""))
    given = {**EVERYTHING[name], **({"public_key": "key.pub"} if "public_key" in EVERYTHING[name] else {})}
    Path("all.json").write_text(json.dumps(given))
    ran = in_process(f"integrations {name} --inputs all.json --json")
    assert ran.code == 0, ran.out
    assert ran.json["name"] == name
    assert cloud.calls == []


def test_the_inputs_decide_what_it_says(in_process: Bootstrap) -> None:
    usual, hard = in_process(INPUT).out, in_process(f"{INPUT} --harden --without-spotinst").out
    assert "high: anyone with the role UpsolverRole can start a machine" in " ".join(usual.split())
    assert "(--harden limits that)" not in " ".join(hard.split())
    assert "What --harden changed" in hard
    assert "922761411349" not in hard
    assert "s3://" not in usual
    assert "arn:aws:s3:::acme-raw/x/*" in in_process(f"{INPUT} --read-bucket acme-raw/x").out


ANSWERS = {
    "another bucket": (
        "integrations upsolver-vpc --existing-bucket acme-lake",
        "arn:aws:s3:::acme-lake",
        "upsolver-example",
    ),
    "other data": ("integrations upsolver-data-access --kinesis-stream clicks", "stream/clicks", "your-bucket"),
    "one account": (
        "integrations aspera-atc --s3-role-arn arn:aws:iam::210987654321:role/x",
        "atc-s3-access-keys",
        "never there",
    ),
    "a bucket to bring": (
        "integrations biomodal-duet --existing-bucket acme-lake",
        "arn:aws:s3:::acme-lake",
        "example-duet",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_example_gives_way_to_another_answer(case: str, in_process: Bootstrap) -> None:
    line, there, gone = ANSWERS[case]
    ran = in_process(line)
    assert ran.code == 0, ran.err
    assert there in ran.out
    assert gone not in ran.out


def test_the_name_may_stand_behind_options(in_process: Bootstrap) -> None:
    assert in_process("integrations --org-id acme upsolver-vpc --harden").out.startswith("upsolver-vpc: ")


def test_so_many_places_that_statements_are_joined_are_explained(in_process: Bootstrap) -> None:
    ran = in_process(INPUT, *(word for number in range(80) for word in ("--read-bucket", f"acme-data-{number}/raw")))
    assert ran.code == 0, ran.err
    assert "arn:aws:s3:::acme-data-79/raw/*" in ran.out


def test_markdown_is_a_page_of_its_own(in_process: Bootstrap) -> None:
    ran = in_process(f"{INPUT} --markdown")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("# upsolver-vpc\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("integrations --markdown", "no integration is named"),
        ("integrations upsolver-vpc --markdown --json", "--json and --markdown are different formats"),
        ("integrations upsolver-vpc --external-id x", "--external-id: "),
        ("integrations upsolver", "there is no integration 'upsolver'"),
        ("integrations upsolver-data-access --trusted-entity none.json", "cannot read none.json"),
    ],
)
def test_wrong_use_is_one_clear_error(line: str, said: str, in_process: Bootstrap) -> None:
    ran = in_process(line)
    assert ran.code == 64
    assert said in ran.err + ran.out
    assert "Traceback" not in ran.err
