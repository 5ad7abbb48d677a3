"""Whose a file or folder must be. Where that is somebody else's, the test names the user: so it is the same for root."""

import os
import stat
from pathlib import Path

import pytest

from bootstrap.backends.private_files import OTHERS, OTHERS_WRITE, Refused, check, open_folder

ME = os.geteuid()
OTHER = ME + 12_345


def test_a_file_of_another_user_is_refused_with_both_names(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    path.touch(mode=0o600)
    check(path, path.lstat(), user=ME)
    with pytest.raises(Refused, match=rf"server\.json belongs to .*{ME}\)?, and you are .*{ME}") as refused:
        check(path, path.lstat(), user=OTHER)
    assert refused.value.advice


def test_a_folder_of_ours_must_be_of_the_user_and_one_to_hand_over_may_be_of_root(tmp_path: Path) -> None:
    (tmp_path / ".bootstrap").mkdir()
    with pytest.raises(Refused, match=r"\.bootstrap belongs to"), open_folder(tmp_path / ".bootstrap", user=OTHER):
        pytest.fail("it was opened")
    with (
        pytest.raises(Refused, match=r"\.bootstrap belongs to"),
        open_folder(tmp_path / ".bootstrap" / "new", make=True, user=OTHER),
    ):
        pytest.fail("it was opened")
    assert not (tmp_path / ".bootstrap" / "new").exists()
    shared = open_folder(tmp_path / ".bootstrap", ours=1, shared=True, user=OTHER)
    if ME == 0:
        with shared as folder:
            assert folder.names() == []
    else:
        with pytest.raises(Refused, match="belongs to"), shared:
            pytest.fail("it was opened")


def test_what_root_made_can_be_taken_over_with_the_command_that_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "a b.json"
    path.touch()
    found = path.lstat()
    of_root = os.stat_result((found.st_mode, found.st_ino, found.st_dev, 1, 0, 0, 0, 0, 0, 0))
    with pytest.raises(Refused) as refused:
        check(path, of_root, user=OTHER)
    assert refused.value.advice == f"Root may have made it. To own it, run: sudo chown -hR {ME} '{path}'"


@pytest.mark.parametrize(
    ("mode", "forbidden", "told"),
    [
        (0o600, OTHERS, None),
        (0o644, OTHERS_WRITE, None),
        (0o644, OTHERS, "can be read by other users (its mode is 0644)"),
        (0o620, OTHERS_WRITE, "can be written by other users (its mode is 0620)"),
        (0o602, OTHERS, "can be written by other users (its mode is 0602)"),
    ],
)
def test_a_file_is_closed_to_others(tmp_path: Path, mode: int, forbidden: int, told: str | None) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(mode)
    if told is None:
        check(path, path.lstat(), user=ME, forbidden=forbidden)
        return
    with pytest.raises(Refused) as refused:
        check(path, path.lstat(), user=ME, forbidden=forbidden)
    assert str(refused.value) == f"{path} {told}"
    command = refused.value.advice.splitlines()[0].partition("run: ")[2]
    assert os.system(command) == 0
    check(path, path.lstat(), user=ME, forbidden=forbidden)


def test_a_second_name_of_a_file_is_refused_until_it_is_a_copy(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep this")
    os.link(tmp_path / "precious", tmp_path / "prod.json")
    with open_folder(tmp_path) as folder:
        with pytest.raises(Refused, match="has another name") as refused:
            folder.open("prod.json", os.O_RDWR)
        assert os.system(refused.value.advice.partition(": ")[2]) == 0
        assert folder.read("prod.json", 100) == b"keep this"


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_RDWR | os.O_CREAT])
def test_neither_a_link_nor_a_pipe_nor_a_socket_is_opened(tmp_path: Path, flags: int) -> None:
    (tmp_path / "link").symlink_to("target")
    os.mkfifo(tmp_path / "pipe")
    os.mknod(tmp_path / "socket", stat.S_IFSOCK | 0o600)
    with open_folder(tmp_path) as folder:
        for name, told in (("link", "is a symbolic link"), ("pipe", "is not a regular"), ("socket", "is not a regular")):
            with pytest.raises(Refused, match=told):
                folder.open(name, flags)
    assert not (tmp_path / "target").exists()


def test_a_folder_to_hand_over_may_be_open_to_a_group_but_not_to_all(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for mode, is_fine in ((0o775, True), (0o1777, True), (0o777, False)):
        folder.chmod(mode)
        if is_fine:
            with open_folder(folder, ours=1, shared=True):
                assert stat.S_IMODE(folder.stat().st_mode) == mode
        else:
            with pytest.raises(Refused, match="can be written by other users"), open_folder(folder, ours=1, shared=True):
                pytest.fail("it was opened")


def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("old")
    with open_folder(tmp_path) as folder:
        with pytest.raises(UnicodeEncodeError):
            folder.write({"one": "new", "two": "\ud800"})
        assert folder.names() == ["one"]
        assert (tmp_path / "one").read_text() == "old"
        folder.write({"one": "new", "two": "new"})
    assert {path.name: (path.read_text(), stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir()} == {
        "one": ("new", 0o600),
        "two": ("new", 0o600),
    }


def test_what_is_opened_does_not_go_along_to_other_programs(tmp_path: Path) -> None:
    with open_folder(tmp_path, make=True) as folder:
        descriptor = folder.open("file", os.O_RDWR | os.O_CREAT)
        assert not os.get_inheritable(folder.descriptor)
        assert not os.get_inheritable(descriptor)
        os.close(descriptor)
