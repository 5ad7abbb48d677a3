"""Which of the resources in CloudFormation's answer is the one that was asked about, and whether its stack still has it."""

import pytest

from bootstrap.discovery.stacks import manager_of


def item(type_name: str, known: str, status: str = "CREATE_COMPLETE", stack: str = "vendor") -> dict[str, str]:
    return {"StackName": stack, "ResourceType": type_name, "PhysicalResourceId": known, "ResourceStatus": status}


ROLE, PROFILE = "AWS::IAM::Role", "AWS::IAM::InstanceProfile"
POLICY = "arn:aws:iam::123456789012:policy/P"
QUEUE = "arn:aws:batch:us-east-1:123456789012:job-queue/Q"
OTHERS = [item("AWS::SNS::Topic", f"arn:{number}") for number in range(99)]


@pytest.mark.parametrize(
    ("kind", "known", "answer", "stack"),
    [
        ("iam_role", "R", [], ""),
        ("iam_role", "R", [item(ROLE, "R")], "vendor"),
        ("iam_role", "R", [item(ROLE, "R", "UPDATE_ROLLBACK_COMPLETE")], "vendor"),
        ("iam_role", "R", [item("Custom::Thing", "x"), item(PROFILE, "R"), item(ROLE, "R", stack="nested")], "nested"),
        ("iam_role", "R", [item(PROFILE, "R")], ""),
        ("iam_role", "R", [item("AWS::SNS::Role", "R")], ""),
        ("iam_role", "R", [item("Custom::Role", "R")], ""),
        ("iam_instance_profile", "R", [item(ROLE, "R")], ""),
        ("iam_instance_profile", "R", [item(PROFILE, "R")], "vendor"),
        ("iam_policy", POLICY, [item("AWS::IAM::ManagedPolicy", POLICY)], "vendor"),
        ("batch_job_queue", QUEUE, [item("AWS::Batch::JobQueue", QUEUE)], "vendor"),
        ("ec2_launch_template", "lt-1", [item("AWS::EC2::LaunchTemplate", "lt-1")], "vendor"),
        ("iam_role", "R", [item(ROLE, "R", "DELETE_SKIPPED")], ""),
        ("iam_role", "R", [item(ROLE, "R", "DELETE_COMPLETE")], ""),
        ("iam_role", "R", [item(ROLE, "R", "DELETE_FAILED")], "vendor"),
        ("iam_role", "R", [item(ROLE, "R", "DELETE_SKIPPED", "old"), item(ROLE, "R", stack="new")], "new"),
        ("iam_role", "R", [{**item(ROLE, ""), "PhysicalResourceId": None}, item(ROLE, "R")], "vendor"),
        ("iam_role", "R", OTHERS, "vendor"),  # a large stack: the answer has no room for it
    ],
)
def test_a_stack_manages_what_it_has_not_let_go_of(kind: str, known: str, answer: list[dict[str, str]], stack: str) -> None:
    assert manager_of(kind, known, answer) == stack
