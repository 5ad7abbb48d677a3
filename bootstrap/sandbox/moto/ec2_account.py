"""Corrections of moto's EC2: settings of the account that an organization may set (see `sandbox/moto/corrections.py`).

Source: EC2 API reference GetAllowedImagesSettings.
"""

from moto.core.responses import ActionResult
from moto.ec2.responses.general import General


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _images_may_be_limited()


def _images_may_be_limited() -> None:
    """moto has no GetAllowedImagesSettings; AWS allows every image at first. `allowed_images` is on a backend of moto."""

    def settings(response: General) -> ActionResult:
        unset = {"State": "disabled", "ImageCriteria": [], "ManagedBy": "account"}
        return ActionResult(getattr(response.ec2_backend, "allowed_images", unset))

    General.get_allowed_images_settings = settings  # type: ignore[attr-defined]  # moto finds it by its name
