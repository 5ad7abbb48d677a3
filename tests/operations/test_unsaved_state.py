"""A state that cannot be saved because the sign-in ended: the advice signs in again with the profile of this run."""

from pathlib import Path

import pytest
from botocore.exceptions import SSOTokenLoadError, UnauthorizedSSOTokenError

from bootstrap.cli.target import Target
from bootstrap.core.state import State
from bootstrap.errors import CredentialsError
from bootstrap.operations.unsaved_state import UnsavedState
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
