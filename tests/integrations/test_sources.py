"""Where integrations come from that are not part of the package: files, folders, and other Python packages."""

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bootstrap.cli import run
from bootstrap.core.integration import Integration
from bootstrap.core.source import Source
from bootstrap.core.state import State
from bootstrap.errors import UsageError
from bootstrap.integrations import (
    find,
    integration,
    integrations,
    missing_file,
    name_of,
    names,
    origins,
    recorded,
    same,
    sources,
    still_recorded,
)
from tests.support.files import written

Installed = Callable[..., None]
CLASS = """
from bootstrap.integrations.biomodal.duet import BiomodalDuet

class Ours(BiomodalDuet):
    name = "{name}"
    title = "Ours"
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(sources.VARIABLE, raising=False)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    """Installs a package with an entry point: a module, or a folder with the integration of a file."""
    site = tmp_path / "site"
    modules = set(sys.modules)
    monkeypatch.syspath_prepend(site)

    def install(package: str, point: str, *, code: str = "", file: str = "") -> None:
        about = site / f"{package}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[bootstrap.integrations]\n{point}\n")
        (site / package).mkdir()
        (site / package / "__init__.py").write_text(code)
        if file:
            written(site / package / f"{file}.toml", file)
        sources._entry_points.cache_clear()

    def forget() -> None:
        sources._entry_points.cache_clear()
        for name in set(sys.modules) - modules:
            if name.startswith("vendor_"):
                del sys.modules[name]

    yield install
    forget()


def refusal(call: Callable[[], object]) -> UsageError:
    with pytest.raises(UsageError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("word", ["acme.toml", "./acme.toml", "vendors/acme.toml"])
def test_a_file_is_found_by_its_path_and_named_by_it(word: str) -> None:
    written(word)
    found = integration(word)
    assert (found.name, found.word(), found.file) == ("acme", word, word)
    assert found.source() == Source(word, found.digest)
    assert find(word) is found  # it is read once
    assert name_of(word) == "acme"


def test_what_is_part_of_the_package_has_no_source_and_its_name_as_its_word() -> None:
    for name, found in integrations().items():
        assert (found.word(), found.source(), found.provenance().reviewed) == (name, None, True)
    assert set(origins().values()) == {sources.OURS}


def test_a_file_of_the_catalog_is_part_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written("catalog/of-vendor.toml", "of-vendor")
    monkeypatch.setattr(sources, "CATALOG", tmp_path / "catalog")
    found = integration("of-vendor")
    assert (found.word(), found.source(), found.provenance().reviewed) == ("of-vendor", None, True)
    assert origins()["of-vendor"] == sources.OURS
    assert find("of-vendor") is found is integrations()["of-vendor"]
    assert found.example().to_json()["bucket"]


def test_two_threads_that_ask_for_a_file_of_the_catalog_read_it_once(tmp_path: Path) -> None:
    path = str(shutil.copy(sources.CATALOG / "upsolver-vpc.toml", tmp_path))
    together = threading.Barrier(2, timeout=30)

    def found(_: int) -> type[Integration]:
        together.wait()
        return sources._of_catalog(path, "upsolver-vpc")

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(found, range(2))
    assert one is other


def test_a_file_that_is_not_there_or_broken_is_an_error_that_names_it() -> None:
    assert "acme.toml" in refusal(lambda: find("acme.toml")).message
    Path("acme.toml").write_text("format = ")
    assert "acme.toml" in refusal(lambda: find("acme.toml")).message


def test_a_folder_of_the_variable_has_integrations_by_the_names_of_their_files(monkeypatch: pytest.MonkeyPatch) -> None:
    written("vendors/acme.toml")
    written("more/other.toml", "other")
    Path("more/notes.txt").write_text("none")
    monkeypatch.setenv(sources.VARIABLE, os.pathsep.join(["vendors", "more", "vendors"]))
    assert find("acme") is find("vendors/acme.toml")
    assert {"acme", "other", "upsolver-vpc"} <= {*names()} == {*integrations()}
    assert origins()["acme"] == "vendors/acme.toml"
    assert find("nothing") is None


def test_a_word_for_a_file_in_the_current_folder_is_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    written("acme.toml")
    monkeypatch.setenv(sources.VARIABLE, ".")
    found = integration("acme")
    assert integration(found.word()) is found


@pytest.mark.parametrize(("folder", "why"), [("nowhere", "No such file"), ("acme.toml", "Not a directory")])
def test_a_folder_that_is_none_is_an_error_that_names_the_variable(
    folder: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written("acme.toml")
    monkeypatch.setenv(sources.VARIABLE, folder)
    message = refusal(names).message
    assert message.startswith(f"{sources.VARIABLE} names {folder}, which cannot be read: {why}")


def test_a_file_in_a_folder_must_have_the_name_of_its_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    written("vendors/other.toml", "acme")
    monkeypatch.setenv(sources.VARIABLE, "vendors")
    error = refusal(lambda: find("other"))
    assert "vendors/other.toml has the integration acme" in error.message
    assert error.advice == "Rename it to acme.toml."


@pytest.mark.parametrize("name", ["acme", "upsolver-vpc"])
def test_two_of_one_name_are_an_error_that_names_both(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written(f"one/{name}.toml", name)
    written(f"two/{name}.toml", name)
    monkeypatch.setenv(sources.VARIABLE, "one" if name == "upsolver-vpc" else f"one{os.pathsep}two")
    first, second = ("bootstrap", f"one/{name}.toml") if name == "upsolver-vpc" else (f"one/{name}.toml", f"two/{name}.toml")
    for call in (lambda: find(name), names, integrations):
        message = f"two integrations are called {name}: one of {first}, and one of {second}"
        assert refusal(call).message == message
    assert find("upsolver-data-access")  # the others can be used


def test_a_class_of_another_package_is_found_and_is_not_reviewed(installed: Installed) -> None:
    installed("vendor_code", "ours = vendor_code:Ours", code=CLASS.format(name="ours"))
    assert "vendor_code" not in sys.modules
    assert "ours" in names()
    assert "vendor_code" not in sys.modules  # a list needs no code of others
    found = integration("ours")
    assert origins()["ours"] == "the Python package vendor_code"
    [line] = found.provenance().lines
    assert line == "ours, of the Python package vendor_code, is not part of bootstrap and was not reviewed by it"
    assert (found.word(), found.source()) == ("ours", None)


def test_the_files_of_another_package_are_found_and_its_code_is_not_run(installed: Installed) -> None:
    installed("vendor_data", "files = vendor_data", code="raise SystemExit", file="acme")
    found = integration("acme")
    assert found.file.endswith("/site/vendor_data/acme.toml")
    assert "vendor_data" not in sys.modules


def test_a_package_cannot_take_the_name_of_another_integration(installed: Installed) -> None:
    installed("vendor_copy", "upsolver-vpc = vendor_copy:Ours", code=CLASS.format(name="upsolver-vpc"))
    message = refusal(lambda: find("upsolver-vpc")).message
    assert message.endswith("one of bootstrap, and one of the Python package vendor_copy")


@pytest.mark.parametrize(
    ("point", "code", "message"),
    [
        ("ours = vendor_bad:Ours", "1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("ours = vendor_bad:Ours", "Ours = 7", "names vendor_bad:Ours as the integration ours, and that is not one"),
        ("ours = vendor_bad:Ours", CLASS.format(name="other"), "as the integration ours, and that is not one of this name"),
        ("ours = vendor_none", "", "names vendor_none as its integrations, and there is no such package"),
    ],
)
def test_a_broken_package_is_an_error_that_names_it(point: str, code: str, message: str, installed: Installed) -> None:
    installed("vendor_bad", point, code=code)
    error = refusal(lambda: find("ours"))
    assert error.message.startswith("the Python package vendor_bad ")
    assert message in error.message


def test_a_state_leads_to_its_file_while_that_is_as_it_was() -> None:
    path = written()
    state = State(deployment="prod", integration="acme", lineage="", accounts={}, source=integration("acme.toml").source())
    assert recorded(state) is still_recorded(state) is integration("acme.toml")
    path.write_text(path.read_text().replace("Acme reads files", "Acme takes files"))
    assert recorded(state).title.startswith("Acme takes")
    assert still_recorded(state) is None
    path.write_text("format = 7")
    assert still_recorded(state) is None
    path.unlink()
    assert still_recorded(state) is None
    assert refusal(lambda: recorded(state)).message == missing_file(state) != ""


@pytest.mark.parametrize("path", ["\0", "a" * 5000, "/dev/null", ".", "upsolver-vpc"])
def test_a_path_in_a_state_that_leads_to_no_file_stops_nothing(path: str) -> None:
    state = State(deployment="prod", integration="acme", lineage="", accounts={}, source=Source(path, "0" * 64))
    assert still_recorded(state) is None
    missing_file(state)


def test_a_state_of_another_version_of_the_package_leads_nowhere() -> None:
    assert still_recorded(State(deployment="prod", integration="of-later", lineage="", accounts={})) is None


def test_one_file_is_the_same_by_any_of_its_paths() -> None:
    written()
    assert same("acme.toml", "./acme.toml")
    assert same("upsolver-vpc", "upsolver-vpc")
    assert not same("acme.toml", "acme")
    assert not same("acme.toml", "vendors/acme.toml")


def test_other_json_in_a_folder_is_no_integration_and_a_broken_file_stops_only_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written("vendors/acme.toml")
    Path("vendors/acme.json").write_text('{"graph": {}, "handoff": {}}')
    Path("vendors/db.json").write_text("[1, 2")
    Path("vendors/broken.toml").write_text("format = ")
    monkeypatch.setenv(sources.VARIABLE, "vendors")
    assert find("acme")
    assert {*names()} >= {"acme", "broken"}
    assert run(["integrations"]) == 0
    shown = capsys.readouterr()
    assert "acme" in shown.out
    assert "Cannot be used: vendors/broken.toml: it is not TOML" in shown.err
    assert run(["integrations", "--json"]) == 0
    assert "vendors/broken.toml" in json.loads(capsys.readouterr().out)["broken"]["problem"]
