"""What the page of a review says about inputs: stand-ins, values without effect, options that are not set or off."""

import json
import re

from bootstrap.integrations import integrations
from bootstrap.operations.review import report_of_inputs
from bootstrap.views.report_inputs import concerned, input_words, stand_ins, unset_words
from tests.support.inputs import EVERYTHING
from tests.views.test_report import MADE, Read, of, page


def test_the_value_in_place_of_one_that_create_generates_is_named() -> None:
    value = of("snowflake-s3").inputs["external_id"]
    assert f"{value} stands for the --external-id that create generates." in stand_ins(of("snowflake-s3"))
    assert value in Read(page(of("snowflake-s3"))).text.partition("Trust policy, as it is sent")[2]
    given = report_of_inputs(integrations()["snowflake-s3"], {"external_id": "ext-1"}, MADE)
    assert "create generates" not in stand_ins(given)


def test_a_value_that_changes_nothing_says_so() -> None:
    assert "--access read (default) (it changes nothing with these inputs)" in input_words(of("upsolver-private-vpc"))
    assert "--access read (default)" in input_words(of("snowflake-s3"))


def test_the_content_of_a_file_is_summed_up() -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/vendor"}, "Action": "sts:AssumeRole"}
    trust |= {"Condition": {"StringEquals": {"sts:ExternalId": "abc123"}}}
    given = {"trusted_entity": json.dumps({"Version": "2012-10-17", "Statement": [trust]}), "bucket": ["b-1"]}
    words = list(input_words(report_of_inputs(integrations()["upsolver-data-access"], given, MADE)))
    assert "--trusted-entity FILE (1 statement: sts:AssumeRole for arn:aws:iam::111122223333:role/vendor)" in words
    key = list(input_words(report_of_inputs(integrations()["biomodal-duet"], EVERYTHING["biomodal-duet"], MADE)))
    assert [each for each in key if re.fullmatch(r"--\S+ FILE \([\d,]+ characters\)", each)]


def test_options_that_are_not_set_are_listed_with_what_they_would_do() -> None:
    unset = list(unset_words(of("databricks-unity-catalog")))
    assert any(line.startswith("--kms-key: Grant the use of this KMS key") for line in unset)
    assert any(line.startswith("--file-events: ") for line in unset)
    on = report_of_inputs(integrations()["databricks-unity-catalog"], {"file_events": True}, MADE)
    assert not any(line.startswith("--file-events: ") for line in unset_words(on))


def test_a_text_about_an_option_that_is_off_is_left_out() -> None:
    text = "With --file-events, a topic and a queue cost something."
    on = report_of_inputs(integrations()["databricks-unity-catalog"], {"file_events": True}, MADE)
    assert (concerned(of("databricks-unity-catalog"), [text, "Storage"]), concerned(on, [text])) == (["Storage"], [text])
    assert "With --file-events" not in Read(page(of("databricks-unity-catalog"))).text
    unloads = "With --access read-write, the files stay."
    writes = report_of_inputs(integrations()["snowflake-s3"], {"access": "read-write"}, MADE)
    assert (concerned(of("snowflake-s3"), [unloads]), concerned(writes, [unloads])) == ([], [unloads])
    either = "with --efs or --fsx, file systems stay"
    seqera = report_of_inputs(integrations()["seqera"], {"fsx": True}, MADE)
    assert (concerned(of("seqera"), [either]), concerned(seqera, [either])) == ([], [either])
    assert concerned(of("seqera"), ["With the vendor's help", "With --unknown, all"]) == [
        "With the vendor's help",
        "With --unknown, all",
    ]
