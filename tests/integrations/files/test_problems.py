"""Everything that is wrong with a file is found when it is read: with the line, the key, and what can be there instead."""

import tomllib
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest

from bootstrap.errors import UsageError
from bootstrap.integrations.files.read import examined, load
from bootstrap.integrations.files.schema import schema
from bootstrap.integrations.sources import CATALOG
from tests.support.integration_files import ACME, FIVETRAN, problems_in, replaced

SHIPPED = sorted(CATALOG.glob("*.toml"))
SCHEMA = jsonschema.Draft202012Validator(schema())


class Wrong(NamedTuple):
    """`before` becomes `after` in the file of Acme; then `told` is reported. `seen` says whether the schema sees it, too."""

    before: str
    after: str
    told: str
    seen: bool = True


READ = '"arn:${partition}:s3:::${input.bucket.name}"'
HARDEN = 'harden = { actions = ["s3:GetObject"], conditions = { Bool = { "aws:SecureTransport" = "true" } } }'

STRUCTURE = {
    "another format": Wrong("format = 1", "format = 2", "line 1: format: must be 1"),
    "a format in quotes": Wrong("format = 1", 'format = "1"', "line 1: format: must be 1"),
    "a format that is true": Wrong("format = 1", "format = true", "line 1: format: must be 1", seen=False),
    "no name": Wrong('name = "acme"\n', "", "has no name Add name at the top of the file."),
    "a name with a slash": Wrong(
        'name = "acme"', 'name = "../acme"', "line 2: name: '../acme' does not have the right form"
    ),
    "a name that is a verb": Wrong('name = "acme"', 'name = "check"', "line 2: name: check is a word that", seen=False),
    "an empty name": Wrong('name = "acme"', 'name = ""', "line 2: name: is empty"),
    "a key that is not known": Wrong("notes = [", "note = [", "line 6: note: is not a key of this table"),
    "a title that is a number": Wrong(
        'title = "Acme reads buckets, and writes to them if you want that"', "title = 1", "title: must be text"
    ),
    "a title of two lines": Wrong("Acme reads buckets,", "Acme reads\\nbuckets,", "line 3: title: has a line break"),
    "a text that is too long": Wrong("Acme reads buckets,", "a" * 2_001, "line 3: title: has 2,", seen=True),
    "notes that are one text": Wrong(
        'notes = ["Acme reads each object once."]', 'notes = "a"', "line 6: notes: must be a list"
    ),
    "a partition that is none": Wrong('partition = "aws"', 'partition = "aws-x"', "line 5: partition: must be"),
    "an account that is a number": Wrong(
        'id = "111122223333"', "id = 111122223333", "line 12: vendor_accounts.main.id: must be text"
    ),
    "an account of eleven digits": Wrong(
        "111122223333", "11112222333", "line 12: vendor_accounts.main.id: '11112222333' does not"
    ),
    "a page without https": Wrong(
        'https://acme.example/trial"\n\n[[pages]]',
        'http://acme.example"\n\n[[pages]]',
        "line 17: vendor_accounts.trial.page",
    ),
    "a date without quotes": Wrong(
        '/aws"\nseen = "2026-11-26"', '/aws"\nseen = 2026-11-26', "line 21: pages[0].seen: must be text"
    ),
    "a digest that is too short": Wrong('sha256 = "a', 'sha256 = "', "line 26: pages[1].sha256"),
    "a secret": Wrong(
        '[inputs.tenant]\ntype = "text"', '[inputs.tenant]\ntype = "secret"', "inputs.tenant.type: no secret can be an input"
    ),
    "a type of inputs that is none": Wrong(
        '[inputs.tenant]\ntype = "text"', '[inputs.tenant]\ntype = "txt"', "inputs.tenant.type: must be text or flag"
    ),
    "a check that is none": Wrong('check = "bucket"', 'check = "bucked"', "inputs.target.check: 'bucked' is not known"),
    "an input's name in capitals": Wrong("[inputs.tenant]", "[inputs.Tenant]", "inputs.Tenant: cannot have this name"),
    "a choice among numbers": Wrong('["us", "eu", "gov"]', "[1, 2]", "inputs.site.choices[0]: must be text"),
    "a limit that is text": Wrong("least = 3600", 'least = "3600"', "inputs.hours.least: must be a whole number"),
    "a limit with a point": Wrong("least = 3600", "least = 3600.5", "inputs.hours.least: must be a whole number"),
    "a table that looks up nothing": Wrong('by = "partition"', 'by = "weather"', "tables.domain.by: 'weather' does not"),
    "a rule that says nothing": Wrong('say = "In its trial, Acme does not write."', "", "rules[2]: has no say"),
    "rules that are a table": Wrong(
        '[[rules]]\none_of = ["input.bucket", "input.target"]', "[rules]\none_of = []", "not TOML", seen=False
    ),
    "a type of resources that is none": Wrong(
        '[resources.logs]\ntype = "s3_bucket"', '[resources.logs]\ntype = "s3_buckets"', "Did you mean s3_bucket"
    ),
    "an address with a dot": Wrong("[resources.logs]", '[resources."a.b"]', 'resources."a.b": cannot have this name'),
    "a property that is none": Wrong(
        "max_session_duration = ", "duration = ", "resources.role.duration: is not a property of iam_role"
    ),
    "a role without trust": Wrong(
        'max_session_duration = "${input.hours}"', "trusts = []", "resources.role.trusts: is not a property"
    ),
    "a resource without its name": Wrong(
        'name = "acme-logs-${account.id}"\n', "", "resources.logs: has no name, which s3_bucket needs"
    ),
    "a property that is a date": Wrong(
        'if_taken = "Nobody', 'versioning = 2026-01-01\nif_taken = "Nobody', "resources.logs.versioning: is null, a date"
    ),
    "a property of another type": Wrong(
        'if_taken = "Nobody', 'versioning = "yes"\nif_taken = "Nobody', "resources.logs.versioning: cannot be 'yes'"
    ),
    "a statement without a reason": Wrong(
        'why = "Acme reads the objects"\n', "", "role.inline_policies.read[1]: has no why Add why there."
    ),
    "a statement with an unknown key": Wrong(
        'sid = "Self"', 'sid = "Self"\naction = "x"', "inline_policies.self[0].action: is not a key"
    ),
    "a sid with a blank": Wrong('sid = "Self"', 'sid = "Se lf"', "inline_policies.self[0].sid: 'Se lf' does not"),
    "actions that are one text": Wrong(
        'actions = ["s3:Get*"]', 'actions = "s3:Get*"', "inline_policies.read[1].actions: must be a list"
    ),
    "an effect that is none": Wrong(
        'effect = "Deny"', 'effect = "deny"', "inline_policies.write[1].effect: must be Allow or Deny"
    ),
    "a kind of principals that is none": Wrong(
        'principals = { AWS = ["arn:aws:iam::${vendor',
        'principals = { Aws = ["arn:aws:iam::${vendor',
        "principals.Aws: cannot have this name",
    ),
    "a document that is a table": Wrong(
        "[[resources.role.inline_policies.self]]",
        "[resources.role.inline_policies.self]",
        "inline_policies.self: must be a list",
    ),
    "a file in another folder": Wrong(
        '[handoff.files."output.txt"]',
        '[handoff.files."../output.txt"]',
        'handoff.files."../output.txt": cannot have this name',
    ),
    "a hidden file": Wrong(
        '[handoff.files."output.txt"]', '[handoff.files.".bashrc"]', 'handoff.files.".bashrc": cannot have this name'
    ),
    "a value that is a number": Wrong(
        '"Tenant" = "${input.tenant}"', '"Tenant" = 7', "handoff.values.Tenant: has a type of value that it cannot have"
    ),
    "a risk that is none": Wrong('risk = "medium"', 'risk = "severe"', "deviations[0].risk: must be high or medium"),
}
MEANING = {
    "an input that is called as an option": Wrong(
        "[inputs.tenant]", "[inputs.profile]", "inputs.profile: is a word that bootstrap uses itself"
    ),
    "an input that is called as a word of Python": Wrong(
        "[inputs.tenant]", "[inputs.class]", "inputs.class: is a word that"
    ),
    "an input that is called as one of every integration": Wrong(
        "[inputs.tenant]", "[inputs.tag]", "inputs.tag: is a word that"
    ),
    **{
        f"an input that is called as the {word} of its class": Wrong(
            "[inputs.tenant]", f"[inputs.{word}]", f"inputs.{word}: is a word that"
        )
        for word in ("title", "definition", "parts", "place", "values", "built")
    },
    "a check for a flag": Wrong(
        'type = "flag"',
        'type = "flag"\ncheck = "bucket"',
        "inputs.trial.check: is only for an input of the type text or list",
    ),
    "choices for a text": Wrong('check = "bucket"', 'choices = ["a"]', "inputs.target.choices: is only for"),
    "a choice without choices": Wrong(
        'choices = ["us", "eu", "gov"]\n', "", "inputs.site.type: is choice, but there are no choices"
    ),
    "a default that is not a choice": Wrong(
        'default = "us"', 'default = "asia"', "inputs.site.default: asia is not one of us, eu, gov"
    ),
    "a default of another type": Wrong(
        "default = 7200", 'default = "7200"', "inputs.hours.default: does not have the type number"
    ),
    "a default out of the limits": Wrong(
        "default = 7200", "default = 60", "inputs.hours.default: '60' is not a whole number from 3,600 to 43,200"
    ),
    "a default that the check would change": Wrong(
        'check = "bucket"\nmetavar = "NAME"\noptional = true',
        'check = "bucket"\ndefault = "s3://a-bucket/"',
        "inputs.target.default: is written a-bucket",
    ),
    "a hole in a help": Wrong(
        "Name your tenant at Acme.", "Name ${vendor.main}.", "inputs.tenant.help: has ${...}, and nothing"
    ),
    "a generated value that a check would refuse": Wrong(
        "generated = true", 'check = "bucket"\ngenerated = true', "inputs.token.generated: is for an external id"
    ),
    "a thing of the user without its name": Wrong(
        'type = "s3_bucket"\nname = "${input.target}"',
        'type = "iam_role"',
        "existing.target: has no name, which iam_role needs",
    ),
    "an input that is optional and has a default": Wrong(
        "default = 7200", "default = 7200\noptional = true", "inputs.hours.default: cannot be there together"
    ),
    "a pattern and a check": Wrong(
        'example = "t-00ff"',
        'check = "role"\nexample = "t-00ff"',
        "inputs.tenant.pattern: cannot be there together with a check",
    ),
    "a pattern without an example": Wrong('example = "t-00ff"\n', "", "inputs.tenant.pattern: needs an example"),
    "an example that the pattern refuses": Wrong(
        'example = "t-00ff"',
        'example = "t-0"',
        "inputs.tenant.example: 't-0' is not right: it should look like t-[0-9a-f]{4}",
    ),
    "a pattern that is none": Wrong("t-[0-9a-f]{4}", "t-[", "inputs.tenant.pattern: is not a regular expression"),
    "a pattern that never ends": Wrong("t-[0-9a-f]{4}", "(a+)+", "inputs.tenant.pattern: repeats a group"),
    "a table by an input that is not there": Wrong(
        'by = "input.site"', 'by = "input.sites"', "tables.account.by: input.sites is not an input"
    ),
    "a table by an input that may be missing": Wrong(
        'by = "input.site"',
        'by = "input.tenant"',
        "tables.account.by: input.tenant is not an input of one text that always has",
    ),
    "rows of two kinds": Wrong(
        'aws = "acme.example"', 'aws = { a = "b" }', "tables.domain.rows: must have rows, all of them texts or"
    ),
    "a rule about nothing": Wrong(
        'one_of = ["input.bucket", "input.target"]\n', "", "rules[0]: must have exactly one of requires"
    ),
    "a rule about an unknown input": Wrong(
        'one_of = ["input.bucket", "input.target"]',
        'one_of = ["input.buckets", "input.target"]',
        "rules[0].one_of[0]: there is no input.buckets",
    ),
    "a condition that is code": Wrong(
        'when = "input.trial"\nconflicts', 'when = "__import__(1)"\nconflicts', "rules[2].when: is not a condition"
    ),
    "a condition on an unknown input": Wrong(
        'when = "input.trial"\nconflicts',
        'when = "input.trail"\nconflicts',
        "rules[2].when: input.trail: there is no such input",
    ),
    "a flag that is compared": Wrong(
        'when = "input.trial"\nconflicts',
        "when = \"input.trial == 'yes'\"\nconflicts",
        "input.trial is no text that == could compare",
    ),
    "a choice that is none": Wrong(
        'input.site == "eu"', 'input.site == "europe"', "rules[1].when: input.site is never 'europe'"
    ),
    "an account with an unknown input": Wrong(
        'profile = "data_profile"', 'profile = "profile"', "accounts.data.profile: does not name an input"
    ),
    "an account that is described twice": Wrong(
        "[accounts.data]", "[accounts.default]", "accounts.default: is there without being described"
    ),
    "a resource in an unknown account": Wrong(
        'account = "data"', 'account = "date"', "resources.logs.account: there is no account date"
    ),
    "an address that is a word of references": Wrong(
        "[resources.logs]", "[resources.table]", "resources.table: table cannot be an address"
    ),
    "a resource after an unknown one": Wrong(
        'deleted_before = ["role"]', 'deleted_before = ["roles"]', "deleted_before[0]: there is no resource roles"
    ),
    "a loop over a text": Wrong(
        'for_each = "input.bucket"',
        'for_each = "input.target"',
        "inline_policies.read[1].for_each: input.target is not an input of the type list",
    ),
    "an unknown input in a text": Wrong(
        "for the site ${input.site}", "for the site ${input.sight}", "trust[0].why: ${input.sight}: there is no such input"
    ),
    "an unknown part of an input": Wrong(
        READ,
        '"arn:${partition}:s3:::${input.bucket.nome}"',
        "resources[0]: ${input.bucket.nome}: a value of input.bucket has no such part",
    ),
    "a part of a text without a check": Wrong(
        "${input.tenant}",
        "${input.tenant.name}",
        "handoff.values.Tenant: ${input.tenant.name}: a value of input.tenant has no such part",
    ),
    "an unknown table": Wrong(
        "${table.domain}", "${table.domains}", "handoff.steps[0]: ${table.domains}: is not in the file"
    ),
    "a row without its column": Wrong(
        "${table.account.id}:root", "${table.account}:root", "trust[0].principals.AWS[0]: ${table.account}: is not a text"
    ),
    "an unknown account of the vendor": Wrong(
        "${vendor.trial}", "${vendor.trail}", "trust[1].principals.AWS[0]: ${vendor.trail}: is not in the file"
    ),
    "an unknown output": Wrong(
        '"Role ARN" = "${role.arn}"',
        '"Role ARN" = "${role.url}"',
        'handoff.values."Role ARN": ${role.url}: role has no such output',
    ),
    "an unknown address": Wrong(
        '"Role ARN" = "${role.arn}"', '"Role ARN" = "${roles.arn}"', "${roles.arn}: is neither a reference nor the address"
    ),
    "a value of a loop where there is none": Wrong(
        'resources = ["${self.arn}"]',
        'resources = ["${each}"]',
        "self[0].resources[0]: ${each}: is only there with a for_each",
    ),
    "a file of the hand-off that bootstrap writes itself": Wrong(
        '[handoff.files."output.txt"]',
        '[handoff.files."Values.json"]',
        'handoff.files."Values.json": is the name of a file that bootstrap writes itself',
        seen=False,
    ),
    "two files that differ in capital letters": Wrong(
        '[handoff.files."output.txt"]',
        '[handoff.files."Acme.json"]',
        'handoff.files."Acme.json": differs from acme.json only in capital letters',
        seen=False,
    ),
    "a label that a rotation adds": Wrong(
        '"Tenant" =', '"previous external ID" =', 'handoff.values."previous external ID": is a label of bootstrap'
    ),
    "an external id that is a part of a value": Wrong(
        '"sts:ExternalId" = ["${input.external_id}"]',
        '"sts:ExternalId" = ["acme-${input.external_id}"]',
        'conditions.StringEquals."sts:ExternalId": has ${input.external_id} as a part of a value',
    ),
    "an external id that is a list": Wrong(
        '[inputs.external_id]\ntype = "text"',
        '[inputs.external_id]\ntype = "list"',
        "inputs.external_id.type: must be text: it is the external id that Acme sends",
    ),
    "an external id that is the same for everybody": Wrong(
        'check = "external_id"\n',
        'check = "external_id"\ndefault = "abc"\n',
        "inputs.external_id.default: would give every customer the same external id",
    ),
    "its own ARN outside of statements": Wrong(
        "Acme reads and writes with this role",
        "It is ${self.arn}",
        "resources.role.description: ${self.arn}: is for statements only",
    ),
    "a hole that nobody closes": Wrong(
        "for the site ${input.site}", "for the site ${input.site", "trust[0].why: has ${ without }"
    ),
    "a hole with an expression": Wrong(
        "for the site ${input.site}",
        "for the site ${input.site + 1}",
        "trust[0].why: has '${input.site + 1}', which is neither",
    ),
    "a hole in a text where nothing is put in": Wrong(
        "Acme reads each object once.", "${input.site}", "notes: has ${...}, and nothing is put in there"
    ),
    "our own form of a reference": Wrong(
        "for the site ${input.site}", "for @{role.arn}", "trust[0].why: has @{, which stands for something else"
    ),
    "resources in a circle": Wrong(
        'description = "Acme reads and writes with this role"',
        'description = "a"\nafter = ["attachment"]',
        "resources.attachment: depends on itself: it needs role",
    ),
    "two statements of one sid": Wrong(
        'sid = "NotElsewhere"', 'sid = "Write"', "inline_policies.write: has two statements with the sid Write"
    ),
    "a statement about nothing": Wrong(
        'resources = ["${self.arn}"]\n', "", "inline_policies.self[0]: has no resources, and no principals"
    ),
    "a statement that does nothing": Wrong(
        'actions = ["s3:Get*"]', "actions = []", "inline_policies.read[1].actions: is empty"
    ),
    "a statement on some and all but some": Wrong(
        "not_resources = [",
        'resources = ["*"]\nnot_resources = [',
        "write[1].not_resources: cannot be there together with resources",
    ),
    "a condition that is true": Wrong(
        '"aws:SecureTransport" = "true"',
        '"aws:SecureTransport" = true',
        'harden.conditions.Bool."aws:SecureTransport": must be a text',
    ),
    "a condition without an operator": Wrong(
        HARDEN, 'conditions = { "aws:SecureTransport" = "true" }\nharden = { omit = true }', "must be a table"
    ),
    "a narrower form that is none": Wrong(
        HARDEN, "harden = {}", "inline_policies.read[1].harden: must have omit = true, or some of"
    ),
    "a narrower form that is two": Wrong(
        "harden = { omit = true }",
        'harden = { omit = true, actions = ["a:b"] }',
        "read[0].harden: must have omit = true, or",
    ),
    "a loss without a narrower form": Wrong(
        HARDEN, "", "inline_policies.read[1].lost: is only for a statement with a narrower form"
    ),
    "a purpose where statements say it": Wrong(
        "max_session_duration =", 'purpose = "a"\nmax_session_duration =', "resources.role.purpose: is not for iam_role"
    ),
    "an input that may be missing": Wrong(
        '{ "sts:ExternalId" = "${input.external_id}" }',
        '{ "sts:ExternalId" = "${input.tenant}" }',
        "names input.tenant, which may have no value: add when = ",
    ),
    "a list in the middle of a text": Wrong(
        "for the site ${input.site}", "for ${input.bucket}", "trust[0].why: names a list"
    ),
    "a name that AWS would refuse": Wrong('name = "Acme"', 'name = "Acme: role"', "resources.role: role name 'Acme: role'"),
    "a danger that nobody describes": Wrong(
        'danger = "Acme reads tags and policies, too"\n', "", "deviations[0]: has the risk medium, but no danger"
    ),
    "a limit by an unknown input": Wrong(
        'limited_by = "harden"', 'limited_by = "hard"', "deviations[0].limited_by: there is no input hard"
    ),
    "a limit that nobody describes": Wrong(
        'limited = "only s3:GetObject"\n', "", "deviations[0]: has only one of limited_by and limited"
    ),
    "a deviation about an unknown statement": Wrong(
        'sids = ["Read"]', 'sids = ["Reads"]', "deviations[0].sids[0]: there is no statement Reads"
    ),
    "a role of an unknown account in the chain": Wrong(
        "[[handoff.chain]]", '[[handoff.chain]]\naccount = "date"', "handoff.chain[0].account: there is no account date"
    ),
}


def message(text: str, folder: Path, name: str = "acme.toml") -> str:
    """What the user is told who names the file."""
    (folder / name).write_text(text)
    with pytest.raises(UsageError) as caught:
        load(str(folder / name))
    return f"{caught.value.message} {caught.value.advice}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_a_file_of_the_catalog(path: Path) -> None:
    """A run does not try their examples."""
    assert list(examined(str(path))[1]) == []


@pytest.mark.parametrize("text", [ACME, FIVETRAN], ids=["acme", "fivetran"])
def test_nothing_is_wrong_with_a_file_that_is_right(text: str, tmp_path: Path) -> None:
    assert problems_in(text, tmp_path) == []
    assert [error.message for error in SCHEMA.iter_errors(tomllib.loads(text))] == []


@pytest.mark.parametrize("wrong", [*STRUCTURE.values(), *MEANING.values()], ids=[*STRUCTURE, *MEANING])
def test_what_is_wrong_is_reported_with_its_place(wrong: Wrong, tmp_path: Path) -> None:
    told = message(replaced(ACME, wrong.before, wrong.after), tmp_path)
    assert told.startswith(str(tmp_path / "acme.toml"))
    assert wrong.told in told


@pytest.mark.parametrize(
    "wrong", [each for each in STRUCTURE.values() if each.seen], ids=[name for name, each in STRUCTURE.items() if each.seen]
)
def test_the_schema_sees_what_is_wrong_with_keys_and_types(wrong: Wrong) -> None:
    content = tomllib.loads(replaced(ACME, wrong.before, wrong.after))
    assert list(SCHEMA.iter_errors(_jsonable(content)))


def _jsonable(value: object) -> object:
    """What a reader of TOML gives a schema: dates are objects of their own."""
    if isinstance(value, dict):
        return {key: _jsonable(each) for key, each in value.items()}
    return [_jsonable(each) for each in value] if isinstance(value, list) else value


def test_all_problems_of_a_file_are_found_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    text = replaced(
        replaced(ACME, "${table.domain}", "${table.domains}"), 'check = "bucket"', 'check = "role"\nexample = "a b"'
    )
    text = replaced(text, "for the site ${input.site}", "for the site ${input.sight}")
    found = problems_in(text, tmp_path)
    assert [each.path for each in found] == ["inputs.target.example", "resources.role.trust[0].why", "handoff.steps[0]"]
    assert [text.splitlines()[each.line - 1][:5] for each in found] == ["examp", "why =", "steps"]
    assert "inputs.target.example: 'a b' is not the name of a role" in message(text, tmp_path)
    assert "(2 more problems)" in message(text, tmp_path)


def test_an_error_says_what_can_be_there_instead(tmp_path: Path) -> None:
    assert "Did you mean notes? It can be: format, name," in message(replaced(ACME, "notes = [", "note = ["), tmp_path)
    assert "Did you mean bucket?" in message(replaced(ACME, 'check = "bucket"', 'check = "bucked"'), tmp_path)
    assert "There is: role.name, role.arn, role.role_id." in message(
        replaced(ACME, '"Role ARN" = "${role.arn}"', '"Role ARN" = "${role.url}"'), tmp_path
    )


def test_what_is_wrong_in_one_place_hides_nothing_in_another(tmp_path: Path) -> None:
    text = replaced(ACME, '[inputs.tenant]\ntype = "text"', '[inputs.tenant]\ntype = "secret"')
    text = replaced(text, 'choices = ["us", "eu", "gov"]\n', "")
    text = replaced(text, "max_session_duration", "max_duration")
    text = replaced(text, "for the site ${input.site}", "for ${input.sight}")
    found = {(each.path, each.text.partition(" ")[0]) for each in problems_in(text, tmp_path)}
    assert {path for path, _ in found} >= {
        "inputs.tenant.type",
        "inputs.site.type",
        "resources.role.max_duration",
        "resources.role.trust[0].why",
    }


def test_a_wrong_type_hides_no_unknown_property_and_no_wrong_input(tmp_path: Path) -> None:
    text = replaced(ACME, 'notes = ["Acme reads each object once."]', 'notes = "a"')
    text = replaced(text, 'risk = "medium"', 'risk = "severe"')
    text = replaced(text, "max_session_duration", "max_duration")
    text = replaced(text, 'example = "t-00ff"\n', "")
    assert {each.path for each in problems_in(text, tmp_path)} == {
        "notes",
        "deviations[0].risk",
        "resources.role.max_duration",
        "inputs.tenant.pattern",
    }


def test_a_part_of_each_value_of_a_list_is_refused_where_one_is_wanted(tmp_path: Path) -> None:
    for before, after in (
        ('when = "input.target"\nif_missing', 'when = "input.bucket.prefix"\nif_missing'),
        ("Name another bucket with --target.", "Name another than ${input.bucket.name}."),
    ):
        told = [each.text for each in problems_in(replaced(ACME, before, after), tmp_path)]
        assert any("a part of each value of a list" in each for each in told), told


@pytest.mark.parametrize("name", ["role_prefix", "path"])
def test_what_every_integration_has_is_in_no_condition(name: str, tmp_path: Path) -> None:
    text = replaced(ACME, 'when = "input.target"\nif_missing', f'when = "input.{name}"\nif_missing')
    assert f"input.{name} cannot be in this condition" in [each.text for each in problems_in(text, tmp_path)]


def test_a_part_that_a_value_does_not_have_is_left_out_of_a_list(tmp_path: Path) -> None:
    text = replaced(
        ACME, READ, '"arn:${partition}:s3:::${input.bucket.name}", "arn:${partition}:s3:::x/${input.spot.prefix}"'
    )
    text += '\n[inputs.spot]\ntype = "text"\nhelp = "Name it."\ncheck = "bucket_prefix"\noptional = true\n'
    assert problems_in(text, tmp_path) == []


def test_no_input_looks_like_the_contrary_of_another(tmp_path: Path) -> None:
    text = ACME + "".join(f'\n[inputs.{each}_x]\ntype = "flag"\nhelp = "Do it."\n' for each in ("with", "without"))
    assert [each.text[:26] for each in problems_in(text, tmp_path)] == ["looks like the contrary of"]
