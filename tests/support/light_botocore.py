"""botocore with the same requests in less of a test's time: what moto does not look at is not computed.

`tests/sandbox/test_patched.py` watches the functions that are replaced here.
"""

from typing import Any

import pytest
from botocore.compat import get_current_datetime
from botocore.crt.auth import CrtSigV4Auth
from botocore.exceptions import NoCredentialsError

NO_SIGNATURE = "0" * 64

sign = CrtSigV4Auth.add_auth


def apply(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CrtSigV4Auth, "add_auth", add_auth)


def add_auth(signer: Any, request: Any) -> None:
    """Who signs, when and for what, as botocore's own says it, and no signature: moto checks none, and to make one takes a
    third of a call. What talks to a server signs as users do."""
    if signer.credentials is None:
        raise NoCredentialsError
    if signer._is_streaming_checksum_payload(request):  # moto reads in a header how its body is packed
        sign(signer, request)
        return
    if "Authorization" in request.headers:  # it is sent again
        signer._modify_request_before_signing(request)
    now = get_current_datetime(remove_tzinfo=False).strftime("%Y%m%dT%H%M%SZ")
    credential = f"{signer.credentials.access_key}/{now[:8]}/{signer._region_name}/{signer._service_name}/aws4_request"
    request.headers["X-Amz-Date"] = now
    if signer.credentials.token:
        request.headers["X-Amz-Security-Token"] = signer.credentials.token
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={NO_SIGNATURE}"
    )
