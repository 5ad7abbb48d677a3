"""What status says of a deployment, for a program that calls it."""

from bootstrap.operations import create, status
from tests.operations.conftest import NAME, Deployed

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ATHENA = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"


def test_it_tells_drift_from_additions_and_from_tags(new: Deployed) -> None:
    def found() -> tuple[bool, bool, bool]:
        now = status(new.session, new.backend)
        return now.differs, now.can_be_repaired, now.failed

    create(new.session, new.backend, NAME, new.integration)
    iam, role = new.session.aws.client("iam"), {"RoleName": "UpsolverRole"}
    assert found() == (False, False, False)
    iam.tag_role(**role, Tags=[{"Key": "cost", "Value": "7"}])
    assert found() == (False, False, False)
    iam.attach_role_policy(**role, PolicyArn=ADMIN)
    assert found() == (True, False, False)
    iam.detach_role_policy(**role, PolicyArn=ATHENA)
    assert found() == (True, True, False)
    new.wire.refuse("GetRole", "AccessDenied", status=403, times=20)
    assert found()[2]
