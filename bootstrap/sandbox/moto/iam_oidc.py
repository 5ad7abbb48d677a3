"""What moto's IAM lacks for OIDC providers (see `sandbox/moto/corrections.py`).

Source: IAM API reference CreateOpenIDConnectProvider, AddClientIDToOpenIDConnectProvider,
RemoveClientIDFromOpenIDConnectProvider; IAM user guide reference_iam-quotas.
"""

import hashlib
from typing import Any

from moto.core.responses import EmptyResult
from moto.iam.exceptions import LimitExceededException, ValidationError
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from bootstrap.sandbox.moto.patching import Method, wrap_method

_MOST_AUDIENCES = 100


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _a_provider_has_a_safe_address_and_a_thumbprint()
    _audiences_come_and_go()


def _a_provider_has_a_safe_address_and_a_thumbprint() -> None:
    """moto accepts http, and no thumbprint; AWS refuses the one, and finds out the other."""

    def create(original: Method, iam: IAMBackend, url: str, thumbprints: list[str], *others: Any) -> Any:
        if not url.startswith("https://"):
            raise ValidationError("Invalid Open ID Connect Provider URL")
        return original(iam, url, thumbprints or [hashlib.sha1(url.encode()).hexdigest()], *others)  # noqa: S324

    wrap_method(IAMBackend, "create_open_id_connect_provider", create)


def _audiences_come_and_go() -> None:
    """moto has neither call; AWS accepts each again."""

    def add(self: IamResponse) -> EmptyResult:
        audiences = _audiences(self)
        if (new := self._get_param("ClientID")) not in audiences:
            if len(audiences) >= _MOST_AUDIENCES:
                raise LimitExceededException(f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {_MOST_AUDIENCES}")
            audiences.append(new)
        return EmptyResult()

    def remove(self: IamResponse) -> EmptyResult:
        audiences = _audiences(self)
        if (old := self._get_param("ClientID")) in audiences:
            audiences.remove(old)
        return EmptyResult()

    setattr(IamResponse, "add_client_id_to_open_id_connect_provider", add)  # noqa: B010  # moto has no such method
    setattr(IamResponse, "remove_client_id_from_open_id_connect_provider", remove)  # noqa: B010


def _audiences(request: IamResponse) -> list[str]:
    """Of the provider that the request names. Raises NotFoundException."""
    provider = request.backend.get_open_id_connect_provider(request._get_param("OpenIDConnectProviderArn"))
    audiences: list[str] = provider.client_id_list
    return audiences
