"""What is wrong with texts, commands, parts of files and files of the user is found when the file is read."""

from pathlib import Path

import pytest

from tests.support.integration_files import LAKE, problems_in, replaced

PROBLEMS = {
    "a file without a check": ('check = "trust_policy"\n', "", "inputs.policy.check: must be one for files"),
    "a file with the check of a text": (
        'check = "trust_policy"',
        'check = "bucket"',
        "inputs.policy.check: must be one for files",
    ),
    "a text with the check of a file": (
        'check = "principal_arn"',
        'check = "trust_policy"',
        "inputs.trusted.check: is for an input of the type file",
    ),
    "a file with a default": (
        'again."\noptional = true',
        'again."\ndefault = "a"',
        "inputs.policy.default: is not for a file",
    ),
    "advice for a switch": (
        "[inputs.words]",
        '[inputs.x]\ntype = "flag"\nhelp = "Do."\nif_wrong = "a"\n[inputs.words]',
        "inputs.x.if_wrong: is only for an input of the type text or list",
    ),
    "the whole text of a file": (
        '"${input.policy.principals}"',
        '"${input.policy}"',
        "principals.AWS[1]: ${input.policy}: is the whole text of a file",
    ),
    "a part that a file does not have": (
        "${input.policy.principals}",
        "${input.policy.roles}",
        "a value of input.policy has no such part Its parts: principals",
    ),
    "the first of a text": ("HOME = 's3://${input.bucket.first}/'", "HOME = '${input.words.first}'", "has no such part"),
    "the first of a part of each": (
        "${input.bucket.objects}",
        "${input.bucket.objects.first}",
        "a value of input.bucket has no such part",
    ),
    "a file that is compared": (
        'when = "input.policy"',
        "when = \"input.policy == 'a'\"",
        "input.policy is no text that == could compare",
    ),
    "a key of buckets that nobody uses": (
        "HOME = 's3://${input.bucket.first}/'",
        "HOME = '${input.bucket.kms_key}'",
        "${input.bucket.kms_key}: is only there in a file that says how roles use buckets",
    ),
    "a text that is not there": ("${text.words}_s3", "${text.word}_s3", "${text.word}: is not known There is: text.words"),
    "a text with a part": ("${text.words}_s3", "${text.words.a}_s3", "${text.words.a}: is not known"),
    "a text that names a text": (
        'first_of = ["${input.external_id}"',
        'first_of = ["${text.external_id}"',
        "${text.external_id}: cannot be named here",
    ),
    "a text that names a resource": (
        'first_of = ["${input.external_id}"',
        'first_of = ["${role.arn}"',
        "${role.arn}: cannot be named here",
    ),
    "a text that names a list": (
        "${input.policy.external_ids.first}",
        "${input.policy.external_ids}",
        "texts.external_id.first_of[1]: ${input.policy.external_ids}: is a list Write ${input.policy.external_ids.first}",
    ),
    "a text without a form": (
        'first_of = ["${input.external_id}", "${input.policy.external_ids.first}"]',
        "first_of = []",
        "first_of: is empty",
    ),
    "a text of no length": ("longest = 30", "longest = -1", "texts.start.longest: must be a number from 0"),
    "a part of the region": ("${region.word}", "${region.name}", "${region.name}: has no such part"),
    "a part of the role prefix": (
        'role_prefix.suffix}"]\n\n[texts.s',
        'role_prefix.word}"]\n\n[texts.s',
        "there is no such input",
    ),
    "a command that is not there": ("${command.rename}", "${command.renamed}", "There is: command.destroy, command.rename"),
    "a command in the middle of a step": (
        "with: ${command.rename}",
        "with ${command.rename}.",
        "handoff.steps[0]: ${command.rename}: is not at the end",
    ),
    "a command in a value": (
        '"Role ARN" = "${role.arn}"',
        '"Role ARN" = "${command.destroy}"',
        "is for the steps of the hand-off",
    ),
    "a command with an unknown input": (
        'words = "${text.start}',
        'word = "${text.start}',
        "rename.word: does not name an input",
    ),
    "a command with a file": ('words = "${text.start}', 'policy = "${text.start}', "rename.policy: does not name an input"),
    "a command that is called destroy": (
        "[handoff.commands.rename]",
        "[handoff.commands.destroy]",
        "is there without being",
    ),
    "a command that create never takes": (
        "${text.start}_${account.id}",
        "${text.start}-${account.id}",
        "rename: is with no example a command that create would",
    ),
    "a file with a text and parts": (
        'quote = "sql"\n',
        'quote = "sql"\ntext = "a"\n',
        'handoff.files."lake.sql": must have a text, or parts',
    ),
    "a part with an unknown condition": (
        'when = "input.stream"\ntext',
        'when = "input.streams"\ntext',
        'files."lake.sql".parts[3].when: input.streams: there is',
    ),
    "a list where there are no quotes": (
        "NAMES = ('${input.stream}')",
        "NAMES = ${input.stream}",
        "puts input.stream where",
    ),
    "a quote that a part could leave": (
        "PATHS = ('s3://${input.bucket}/')",
        "PATHS = ${input.bucket.first}",
        '"lake.sql".parts: puts input.bucket where it could be',
    ),
    "a rule of two kinds": (
        'any_of = ["input.bucket"',
        'one_of = ["input.bucket"]\nany_of = ["input.bucket"',
        "rules[0]: must have",
    ),
    "a rule about any of unknown inputs": (
        'any_of = ["input.bucket"',
        'any_of = ["input.b"',
        "rules[0].any_of[0]: there is no input.b",
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_wrong_is_found_when_the_file_is_read(before: str, after: str, told: str, tmp_path: Path) -> None:
    found = problems_in(replaced(LAKE, before, after), tmp_path)
    assert any(told in f"{each.path}: {each.text} {each.advice}" for each in found), found
    assert all(each.line for each in found)


def test_lake_itself_has_no_problem(tmp_path: Path) -> None:
    assert problems_in(LAKE, tmp_path) == []
