"""What the console of a machine says about its first boot, among all else that is on it."""

import pytest

from bootstrap.core.first_boot import MARK, NOTHING, FirstBoot, last_said, pinned_versions

CONSOLES: dict[str, tuple[str, tuple[str, str] | None]] = {
    "nothing yet": ("", None),
    "a kernel": ("Linux version 6.8\r\nBooting\r\n", None),
    "the beginning": (f"x\r\n{MARK} installing\r\ny\r\n", ("installing", "")),
    "the end": (f"{MARK} installing\r\n{MARK} ready\r\nUbuntu 24.04 LTS login: ", ("ready", "")),
    "a failure with its reason": (f"{MARK} failed: apt-get update: E: no\r\n", ("failed", "apt-get update: E: no")),
    "behind the time and the program": (f"[   61.04] cloud-init[1042]: {MARK} ready\r\n", ("ready", "")),
    "a failure that was repaired": (f"{MARK} failed: a\n{MARK} installing\n{MARK} ready\n", ("ready", "")),
    "a later start": (f"{MARK} ready\nBooting\n{MARK} failed: it was stopped\n", ("failed", "it was stopped")),
    "a line that was cut off": (f"{MARK} ready\n{MARK} fai", ("ready", "")),
    "an empty reason": (f"{MARK} failed: \r\n", ("failed", "")),
    "a word of somebody else": (f"{MARK} haunted\n", None),
    "a reason without an end": (f"{MARK} failed: {'a' * 65_536}", ("failed", "a" * 300)),
}


@pytest.mark.parametrize(("console", "said"), CONSOLES.values(), ids=CONSOLES)
def test_the_last_report_on_the_console_counts(console: str, said: tuple[str, str] | None) -> None:
    assert last_said(console) == said


def test_a_machine_that_is_new_and_says_nothing_is_starting() -> None:
    silent = FirstBoot("vm", "i-1", "unknown", NOTHING)
    assert (silent.while_new().verdict, silent.while_new().text) == ("installing", "it is starting")
    denied = FirstBoot("vm", "i-1", "unknown", "you may not read its console (ec2:GetConsoleOutput)")
    assert denied.while_new() == denied


@pytest.mark.parametrize(
    ("script", "versions"),
    [
        ("grep -qx TOOL_VER=1.2.3 f || echo TOOL_VER=1.2.3 >> f\n", {"tool_ver": "1.2.3"}),
        ("A_VER=1\nB_C_VER=26.04.0-edge\n", {"a_ver": "1", "b_c_ver": "26.04.0-edge"}),
        ('export TOOL_VER="${TOOL_VER:-2.0}"\nSERVER=1\n', {}),
        ("", {}),
    ],
)
def test_a_script_tells_which_versions_it_pins(script: str, versions: dict[str, str]) -> None:
    assert pinned_versions(script) == versions
