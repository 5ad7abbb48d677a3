"""Where moto knows fewer quotas than AWS does (see `sandbox/moto/corrections.py`).

Source: Service Quotas API reference GetServiceQuota, GetAWSDefaultServiceQuota; S3 user guide BucketRestrictions.
"""

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from bootstrap.core.account import HOMES
from bootstrap.sandbox.moto.patching import Method, wrap_method

DEFAULTS = {("s3", "L-DC2B2D3D"): 10_000.0, ("ec2", "L-1216C47A"): 640.0, ("ec2", "L-34B43A08"): 640.0}
"""What every account has, by service code and quota code; of vCPUs as much as one that has run for some time."""
AT_HOME = {("s3", "L-DC2B2D3D")}
"""Those that only the home region of the partition knows."""


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _values_that_were_applied_come_first()
    _defaults_are_shown()


def _values_that_were_applied_come_first() -> None:
    """`applied`, on a backend of moto, is what AWS has granted the account; of the rest moto's own list knows some."""

    def get(original: Method, backend: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
        applied: dict[tuple[str, str], float] = getattr(backend, "applied", {})
        if (value := applied.get((service_code, quota_code))) is not None:
            return {"ServiceCode": service_code, "QuotaCode": quota_code, "Value": value}
        found: dict[str, Any] = original(backend, service_code, quota_code)
        return found

    wrap_method(ServiceQuotasBackend, "get_service_quota", get)


def _defaults_are_shown() -> None:
    """moto has no GetAWSDefaultServiceQuota; AWS shows the default of every quota."""

    def default(response: ServiceQuotasResponse) -> str:
        asked = json.loads(response.body)
        which = (asked["ServiceCode"], asked["QuotaCode"])
        home = HOMES.get(response.backend.partition, response.region)
        if which not in DEFAULTS or (which in AT_HOME and response.region != home):
            raise NoSuchResource
        return json.dumps({"Quota": {"ServiceCode": which[0], "QuotaCode": which[1], "Value": DEFAULTS[which]}})

    ServiceQuotasResponse.get_aws_default_service_quota = default  # type: ignore[attr-defined]  # moto finds it by its name
