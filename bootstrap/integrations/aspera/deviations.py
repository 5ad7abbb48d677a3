"""Where Aspera's pages are wrong, incomplete or too wide, what bootstrap sends instead, and why."""

from bootstrap.core.deviation import Deviation
from bootstrap.integrations.aspera.grants import CROSS_ACCOUNT_PAGE, KMS_PAGE, POLICY_PAGE

DEVIATIONS = (
    Deviation(
        page="the role to assume is arn:aws:s3::s3_account_id/atc-s3-access-keys",
        sent="arn:PARTITION:iam::S3_ACCOUNT:role/PATH/atc-s3-access-keys",
        why="the page's ARN is not that of a role: IAM would refuse it, or it would match nothing",
        source="Service authorization reference, STS (AssumeRole)",
        risk="none",
    ),
    Deviation(
        page="the external id can be any string, and is optional",
        sent="always an external id: yours, or a generated one; 2 to 1,224 letters, digits and _ + = , . @ : / -",
        why="STS accepts no other characters. If Aspera hosts the cluster, ask Aspera for the external id",
        source="STS API reference, AssumeRole",
        risk="none",
    ),
    Deviation(
        page="three numbered steps: the policy in the cluster's account, its attachment, then the trust in the S3 "
        "account; nothing on what must exist before",
        sent="the S3 account first; the policy in the cluster's account and its attachment last. The node role is looked up "
        "before anything is created. If the node role is deleted and created again, the trust in it is repaired",
        why="this way the nodes can assume the role only once it is ready, and destroy takes that away first. IAM refuses a "
        "trust in a role that does not exist, and keeps the id of the old role when the role is created again",
        source="IAM user guide, reference_policies_elements_principal",
        risk="none",
    ),
    Deviation(
        page="the role atc-s3-access-keys is edited, but no step creates it",
        sent="the role is created, with atc-s3-policy; or --existing-s3-role is used as it is",
        why="in a new account there is nothing to edit",
        source=CROSS_ACCOUNT_PAGE,
        risk="none",
    ),
    Deviation(
        page="the whole trust policy of an existing role is replaced",
        sent="one statement is added to the trust policy of --existing-s3-role. If another statement lets the nodes in "
        "without the external id, plan and status show a warning, and --require-external-id adds a Deny that keeps them out",
        why="the other statements are somebody's decision, and destroy leaves them as they were. The Deny has the effect on "
        "the nodes that the page wants, and destroy removes it",
        source="IAM user guide, reference_policies_evaluation-logic",
        risk="low",
    ),
    Deviation(
        page="s3:ListBucket on the whole bucket",
        sent="the same; for NAME/PREFIX only that prefix and what is below it (s3:prefix)",
        why="Aspera has no need to see the names of other objects",
        source=POLICY_PAGE,
        risk="low",
    ),
    Deviation(
        page="nothing on a key that encrypts the buckets",
        sent="with --kms-key, kms:Decrypt for uploads and downloads and kms:GenerateDataKey for uploads, on that key",
        why="S3 uses the key with the permissions of the principal that reads or writes; multipart uploads need both",
        source=KMS_PAGE,
        risk="none",
    ),
    Deviation(
        page="nothing on how long a session lasts",
        sent="the hand-off says that a session through two roles ends after one hour at most",
        why="AWS limits the session of a role that was assumed from another role, whatever that role's own limit",
        source="IAM user guide, id_roles_terms-and-concepts (role chaining)",
        risk="none",
    ),
)
