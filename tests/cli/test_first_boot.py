"""`status` tells whether the VM is ready, from its console: in text and JSON, with what to type next, in one call."""

import json
import time
from base64 import b64encode
from pathlib import Path

import pytest

from bootstrap.core.first_boot import MARK
from tests.cli.conftest import INPUTS, Bootstrap, sealed
from tests.support.wire import Wire, answer

pytestmark = pytest.mark.made_now

STATE = Path(".bootstrap/biomodal-duet.json")
AGAIN = "sudo /var/lib/cloud/instance/scripts/part-001"
OUTPUTS = "bootstrap outputs --name biomodal-duet"


def console(cloud: Wire, text: str) -> None:
    """What AWS tells of the console next."""
    output = b64encode(text.encode()).decode()
    body = f"<GetConsoleOutputResponse><instanceId>i-1</instanceId><output>{output}</output></GetConsoleOutputResponse>"
    cloud.trick("GetConsoleOutput", lambda call, carry: answer(body))


def hours_ago(hours: float) -> None:
    """The recorded machine is as old as that."""
    content = json.loads(STATE.read_text())
    del content["digest"]
    [vm] = [record for record in content["records"] if record["address"] == "vm"]
    vm["recorded_at"] = int(time.time() - hours * 3600)
    STATE.write_text(sealed(content))


def test_status_tells_what_became_of_first_boot_and_what_to_type(bootstrap: Bootstrap, cloud: Wire) -> None:
    made = bootstrap(f"create --integration biomodal-duet {INPUTS['biomodal-duet']} --yes")
    assert made.code == 0
    assert "To see whether it is ready: bootstrap status" in made.out

    with cloud.recorded() as calls:
        ran = bootstrap("status")
    assert [call.operation for call in calls].count("GetConsoleOutput") == 1
    assert ran.code == 0
    [line] = [line for line in ran.out.splitlines() if "first boot of vm" in line]
    assert line.startswith("  ready       first boot of vm i-")
    [machine] = bootstrap("status --json").last("first_boot")["machines"]
    assert (machine["address"], machine["verdict"], machine["advice"]) == ("vm", "ready", "")

    console(cloud, "Booting\r\n")
    assert "installing  first boot of vm" in bootstrap("status").out  # it was made just now
    console(cloud, f"{MARK} installing\r\n")
    hours_ago(0.5)
    assert bootstrap("status").code == 0
    console(cloud, f"{MARK} installing\r\n")
    hours_ago(2)
    ran = bootstrap("status")
    assert ran.code == 1
    assert "it is still installing after more than an hour" in ran.out
    console(cloud, f"{MARK} failed: apt-get update: \x1b[2Jlock\r\n")
    ran = bootstrap("status")
    assert ran.code == 1
    assert "  failed      first boot of vm" in ran.out
    assert "apt-get update: \\x1b[2Jlock\n" in ran.out
    assert all(f": {command}\n" in ran.out for command in (OUTPUTS, AGAIN))

    cloud.refuse("GetConsoleOutput", "UnauthorizedOperation", status=403)
    ran = bootstrap("status")
    assert ran.code == 0
    assert "  unknown     first boot of vm" in ran.out
    assert f"{ran.out}{ran.err}".count("you may not read its console (ec2:GetConsoleOutput)") == 1
    assert ": cloud-init status --long\n" in ran.out
