"""A state that cannot be saved: the file that has it instead, and the advice if that is because the sign-in ended."""

import os
from pathlib import Path

import pytest
from botocore.exceptions import SSOTokenLoadError, UnauthorizedSSOTokenError

from bootstrap.cli.target import Target
from bootstrap.core.state import State
from bootstrap.errors import CredentialsError
from bootstrap.operations.unsaved_state import UnsavedState, write
from tests.core.test_state import STATE


class Expired:
    """A store whose sign-in ended."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def save(self, state: State) -> State:
        raise self._error


@pytest.mark.parametrize("error", [UnauthorizedSSOTokenError(), SSOTokenLoadError(profile_name="lab", error_msg="none")])
@pytest.mark.parametrize(
    ("profile", "command"),
    [
        (None, "aws sso login\n"),
        ("lab", "aws sso login --profile lab\n"),
        ("my lab", "aws sso login --profile 'my lab'\n"),
        ("-lab", "aws sso login --profile=-lab\n"),
    ],
)
def test_the_advice_signs_in_with_the_profile_of_the_run(
    error: Exception, profile: str | None, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    unsaved = UnsavedState(Expired(error), Target(profile=profile).flags, begun=True)
    with pytest.raises(CredentialsError) as caught, unsaved.reported():
        unsaved.save(STATE)
    assert f"Run: {command}" in str(caught.value.advice)


def test_the_file_is_private_and_replaces_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = os.umask(0)
    try:
        written = [write(STATE) for _ in range(2)]
    finally:
        os.umask(before)
    assert [str(path) for path in written] == [f"errored.{STATE.deployment}{number}.json" for number in ("", ".2")]
    for path in written:
        assert path and (path.stat().st_mode & 0o777, path.read_text(encoding="utf-8")) == (0o600, STATE.to_json())


def test_it_follows_no_link_that_somebody_put_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"errored.{STATE.deployment}.json").symlink_to(tmp_path / "theirs")
    assert write(STATE) == Path(f"errored.{STATE.deployment}.2.json")
    assert not (tmp_path / "theirs").exists()
