"""Access that somebody opened outside bootstrap is said loudly: in status, in the plan, and at the end of create."""

import json

from tests.cli.conftest import BUCKET, INPUTS, Bootstrap
from tests.conftest import MakeScope

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ANY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
OPENED = "Somebody opened access outside bootstrap"


def test_access_that_somebody_opened_is_warned_of_until_it_is_closed(bootstrap: Bootstrap, scope: MakeScope) -> None:
    create = f"create --integration upsolver-vpc {INPUTS['upsolver-vpc']} --yes"
    assert bootstrap(create).code == 0
    assert OPENED not in bootstrap("status").out
    iam, s3, role = scope().client("iam"), scope().client("s3"), {"RoleName": "UpsolverRole"}
    trust = iam.get_role(**role)["Role"]["AssumeRolePolicyDocument"]
    theirs = {"Sid": "Evil", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({**trust, "Statement": [*trust["Statement"], theirs]})
    iam.update_assume_role_policy(**role, PolicyDocument=document)
    iam.attach_role_policy(**role, PolicyArn=ADMIN)
    s3.delete_public_access_block(Bucket=BUCKET)

    everybody = "Evil: opened outside bootstrap: it also lets in everybody in the world"
    public = "block_public_access: opened outside bootstrap: S3 does not block public access to the bucket"
    admin = f"attached policy {ADMIN}: added outside bootstrap: it allows everything in the account"
    status = bootstrap("status --detailed-exitcode")
    assert status.code == 2
    for text in (everybody, public, admin):
        assert f"      Warning: {text}\n" in status.out
    assert OPENED in status.out
    warnings = [item for change in bootstrap("plan --json").last("plan")["changes"] for item in change["warnings"]]
    drift = {item["code"]: item["drift"] for item in warnings if item["drift"]}
    assert drift == {"new-principal": "set back", "public-access": "set back", "administrator": "left alone"}
    assert "differs" in (table := bootstrap("status --all").out) or "difference" in table
    assert "(access opened)" in table

    run = bootstrap(create)
    assert (run.code, run.err.count(f"{everybody}. This run set it back.")) == (0, 1), run.err
    assert f"{public}. This run set it back." in run.err
    assert f"{admin}. bootstrap leaves it alone." in run.err
    status = bootstrap("status --detailed-exitcode")
    assert (status.code, "Drift: 0 gone, 0 changed, 1 added by somebody else" in status.out) == (2, True), status.out
    assert everybody not in status.out
    [left] = bootstrap(f"{create} --json").last("result")["warnings"]
    assert (left["statement"], left["severity"], left["drift"]) == (f"attached policy {ADMIN}", "warning", "left alone")
    assert f"{admin}. bootstrap leaves it alone." in bootstrap(f"{create} --quiet").err

    detaching = f"{create} --detach-foreign"
    told = "To detach what others attached, run: bootstrap create --integration upsolver-vpc --name upsolver-vpc"
    for shown in (bootstrap("status").out, bootstrap("plan").out, bootstrap(create).err):
        assert f"{told} --detach-foreign\n" in shown
    assert "Create leaves this alone" not in bootstrap("status").out
    iam.put_role_policy(**role, PolicyName="later", PolicyDocument=json.dumps(ANY))
    taken = bootstrap(detaching)
    assert f"      * attached policy {ADMIN}: added by somebody else, detached, not deleted\n" in taken.err
    assert f"{admin}. This run set it back." in taken.err
    assert ADMIN not in [each["PolicyArn"] for each in iam.list_attached_role_policies(**role)["AttachedPolicies"]]
    status = bootstrap("status")
    assert "inline policy later: added outside bootstrap: it allows everything in the account" in status.out
    assert "Create leaves this alone, so remove it in AWS: inline policy later (role)\n" in status.out
    assert "later" in iam.list_role_policies(**role)["PolicyNames"]
    assert ("everything is up to date" in bootstrap(detaching).err, "To detach" in bootstrap("status").out) == (True, False)
