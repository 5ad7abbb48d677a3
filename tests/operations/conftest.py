"""A session and a deployment for tests that call the operations as a program does."""

from pathlib import Path

import pytest

from bootstrap.aws import client
from tests.conftest import FAST


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and an AWS that nobody waits for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(client, "Timing", lambda **options: FAST)
