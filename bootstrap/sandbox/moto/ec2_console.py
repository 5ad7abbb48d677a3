"""Corrections of moto's EC2: the console of an instance (see `sandbox/moto/corrections.py`)."""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses.general import General

from bootstrap.core.first_boot import MARK
from bootstrap.sandbox.moto.patching import Method, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _the_console_shows_the_first_boot()


def _the_console_shows_the_first_boot() -> None:
    """moto shows the same kernel messages for every instance; on AWS the first-boot script's messages are there. Here
    nothing runs, so the script succeeds at once. Source: EC2 API reference GetConsoleOutput (`Latest`)."""

    def get_console_output(original: Method, response: General) -> Any:
        answer = original(response).result
        machine = response.ec2_backend.get_instance(answer["InstanceId"])
        if response._get_bool_param("Latest") and INSTANCE_TYPES[machine.instance_type]["Hypervisor"] != "nitro":
            message = "This instance type does not support retrieving the latest console logs."
            raise EC2ClientError("UnsupportedOperation", message)
        script = str(machine.user_data.decode()) if machine.user_data else ""
        said = f"[   61.042118] cloud-init[1042]: {MARK} ready\r\n" if MARK in script else ""
        return ActionResult({**answer, "Output": Base64EncodedString.from_raw_string(f"Booting\r\n{said}")})

    wrap_method(General, "get_console_output", get_console_output)
