"""`bootstrap adopt`, as a user meets it."""

import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.owner import OWNER_TAGS
from tests.cli.conftest import BUCKET, INPUTS, STATE, VPC, Bootstrap, tree, writes
from tests.cli.test_verbs import left_in
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, error_answer, xml_answer

ADOPT = f"adopt {VPC}"


def lose_owner(scope: MakeScope, *, role: str = "UpsolverRole") -> None:
    """The role and the bucket as if somebody had made them by hand."""
    STATE.unlink()
    here = scope()
    here.client("iam").untag_role(RoleName=role, TagKeys=[*OWNER_TAGS])
    here.client("iam").untag_instance_profile(InstanceProfileName=role, TagKeys=[*OWNER_TAGS])
    here.client("s3").delete_bucket_tagging(Bucket=BUCKET)
