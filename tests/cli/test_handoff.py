"""`--write-handoff`: which files it writes, and which it leaves as they are."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import INPUTS, Bootstrap, writes
from tests.support.wire import Wire

DATA = f"--integration upsolver-data-access {INPUTS['upsolver-data-access']}"
CREATE = f"create {DATA} --yes --write-handoff out"
AGAIN = CREATE.replace("ext-1", "ext-2")
STATE = Path(".bootstrap/upsolver-data-access.json")
NAMES = ["connection.sql", "drop-connection.sql", "values.json"]
FILES = [Path("out") / name for name in NAMES]


def texts() -> list[str]:
    return [path.read_text() for path in FILES]


def edit(change: Callable[[Any], object]) -> None:
    content = json.loads(STATE.read_text())
    change(content)
    STATE.write_text(json.dumps(content))


def test_what_was_written_is_written_again(bootstrap: Bootstrap) -> None:
    assert bootstrap(CREATE).code == 0
    first = texts()
    assert bootstrap(CREATE).code == 0
    assert bootstrap("outputs --write-handoff out").code == 0
    assert texts() == first
    assert bootstrap(AGAIN).code == 0
    assert texts() != first
    assert all("ext-2" in text for text in texts()[::2])
    assert sorted(os.listdir("out")) == NAMES


def test_a_folder_of_states_is_refused(bootstrap: Bootstrap, cloud: Wire) -> None:
    for folder in (".bootstrap", "./.bootstrap/handoff"):
        with cloud.recorded() as calls:
            refused = bootstrap(f"create {DATA} --yes --force --write-handoff {folder}")
        assert (refused.code, writes(calls)) == (64, [])
        assert "is a folder for states" in refused.err
    assert bootstrap(CREATE).code == 0
    before = STATE.read_bytes()
    assert bootstrap("outputs --force --write-handoff .bootstrap").code == 64
    assert STATE.read_bytes() == before


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_of_others_are_refused_before_the_first_change_and_all_of_them_are_named(
    path: Path, bootstrap: Bootstrap, cloud: Wire
) -> None:
    Path("out").mkdir()
    path.write_text("of the user")
    refused = bootstrap(CREATE)
    assert refused.code == 64
    assert f"would overwrite: {path}\n" in refused.err
    assert "Nothing was changed. Choose another folder, or add --force to overwrite." in refused.err
    assert writes(cloud.calls) == []
    assert os.listdir("out") == [path.name]
    assert bootstrap(f"create {DATA} --yes").code == 0
    refused = bootstrap("outputs --write-handoff out")
    assert refused.code == 64
    assert str(path) in refused.err
    assert path.read_text() == "of the user"
    assert os.listdir("out") == [path.name]
    assert bootstrap("outputs --write-handoff out --force").code == 0
    assert sorted(os.listdir("out")) == NAMES
    assert path.read_text() != "of the user"


def test_what_an_edited_state_says_is_handed_over_only_when_that_is_accepted(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {DATA} --yes")
    edit(lambda content: content["handoff"]["values"].update({"External ID": "theirs"}))
    refused = bootstrap("outputs --write-handoff out")
    assert refused.code == 1
    assert "If that is right, run: bootstrap outputs --write-handoff out --accept-edited-state" in refused.err
    assert not Path("out").exists()
    assert bootstrap("outputs --write-handoff out --accept-edited-state").code == 0


def test_a_file_that_was_edited_since_is_kept(bootstrap: Bootstrap) -> None:
    bootstrap(CREATE)
    with FILES[0].open("a") as file:
        file.write("-- by hand\n")
    edited = texts()
    for line in (AGAIN, "outputs --write-handoff out"):
        refused = bootstrap(line)
        assert refused.code == 64
        assert "would overwrite: out/connection.sql\n" in refused.err
        assert texts() == edited
    assert bootstrap(f"{AGAIN} --force").code == 0
    assert "by hand" not in texts()[0]


def link(path: Path) -> None:
    path.symlink_to(Path("precious").absolute())


def second_name(path: Path) -> None:
    os.link("precious", path)


@pytest.mark.parametrize("force", ["", " --force"])
@pytest.mark.parametrize("make", [link, second_name, os.mkfifo, os.mkdir])
def test_what_is_no_file_of_its_own_is_refused_even_with_force(
    make: Callable[[Path], None], force: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    Path("precious").write_text("keep this")
    Path("out").mkdir()
    make(FILES[0])
    refused = bootstrap(CREATE + force)
    assert refused.code == 64
    assert "cannot write into out: out/connection.sql " in refused.err
    assert writes(cloud.calls) == []
    assert Path("precious").read_text() == "keep this"
    assert os.listdir("out") == ["connection.sql"]


def test_a_folder_that_is_a_link_is_refused_and_the_real_one_is_named(bootstrap: Bootstrap, cloud: Wire) -> None:
    Path("elsewhere").mkdir()
    Path("out").symlink_to("elsewhere")
    refused = bootstrap(CREATE)
    assert refused.code == 64
    assert "out is a symbolic link" in refused.err
    assert str(Path("elsewhere").absolute()) in "".join(refused.err.split())
    assert writes(cloud.calls) == []
    Path("above").symlink_to("elsewhere")
    assert bootstrap(CREATE.replace("out", "above/out")).code == 0
    assert sorted(os.listdir("elsewhere/out")) == NAMES


def test_the_current_folder_can_be_written_into(bootstrap: Bootstrap) -> None:
    Path("notes.txt").write_text("of the user")
    assert bootstrap(CREATE.replace("out", ".")).code == 0
    assert sorted(os.listdir()) == [".bootstrap", *NAMES[:2], "notes.txt", NAMES[2]]


@pytest.mark.parametrize("name", ["conftest.py", "Makefile", "Values.json", "values.json", "CONNECTION.SQL"])
def test_no_file_is_written_that_only_the_state_names(name: str, bootstrap: Bootstrap) -> None:
    assert bootstrap(f"create {DATA} --yes").code == 0
    edit(lambda state: state["handoff"]["files"].update({name: "from the state"}))
    for force in ("", " --force"):
        refused = bootstrap(f"outputs --write-handoff out --accept-edited-state{force}")
        assert refused.code == 1
        assert f"the state names files to hand over that upsolver-data-access does not have: {name}" in refused.err
    assert not Path("out").exists()


def test_an_edited_state_overwrites_nothing_that_was_written_before_it(bootstrap: Bootstrap) -> None:
    bootstrap(CREATE)
    before = texts()
    edit(lambda state: state["handoff"]["files"].update({"connection.sql": "DROP EVERYTHING;"}))
    refused = bootstrap("outputs --write-handoff out --accept-edited-state")
    assert refused.code == 64
    assert "out/connection.sql" in refused.err
    assert texts() == before


def test_force_is_about_the_hand_off_only(bootstrap: Bootstrap) -> None:
    for line in (f"create {DATA} --yes --force", "outputs --force"):
        refused = bootstrap(line)
        assert refused.code == 64
        assert "Add --write-handoff FOLDER." in refused.err


RENAME = re.compile(r"whose names begin with upsolver_lake_, choose other names first: bootstrap (.+)$", re.MULTILINE)


def test_connections_of_two_accounts_get_different_names_with_the_command_that_the_steps_print(
    bootstrap: Bootstrap,
) -> None:
    """Upsolver has one list of connections; bootstrap sees one account of the organization at a time."""
    line = (
        f"create --integration upsolver-data-access {INPUTS['upsolver-data-access']} --name lake --role-prefix lake- --yes"
    )
    first = bootstrap(line)
    [command] = RENAME.findall(first.out)
    renamed = bootstrap(f"{command} --yes --write-handoff handoff")
    assert renamed.code == 0
    assert "choose other names first" not in renamed.out
    sql = Path("handoff/connection.sql").read_text()
    assert "CREATE S3 CONNECTION upsolver_lake_123456789012_us_east_1_s3" in sql
