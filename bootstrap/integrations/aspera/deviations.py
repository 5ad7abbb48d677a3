"""Where Aspera's pages are wrong, short or wide, what is sent instead, and why."""

from bootstrap.core.integration import Deviation
from bootstrap.integrations.aspera.grants import CROSS_ACCOUNT_PAGE, KMS_PAGE, POLICY_PAGE

DEVIATIONS = (
    Deviation(
        page="the role to assume is arn:aws:s3::s3_account_id/atc-s3-access-keys",
        sent="arn:PARTITION:iam::S3_ACCOUNT:role/PATH/atc-s3-access-keys",
        why="the page's is no ARN of a role: IAM refuses it, or it would match nothing",
        source="Service authorization reference, STS (AssumeRole)",
    ),
    Deviation(
        page="the external id can be any string, and is optional",
        sent="always one: yours, or one that is drawn; 2 to 1,224 letters, digits and _ + = , . @ : / -",
        why="STS takes no others; for a cluster that Aspera hosts, let Aspera give you one",
        source="STS API reference, AssumeRole",
    ),
    Deviation(
        page="three numbered steps: the policy in the cluster's account, its attachment, then the trust in the S3 "
        "account; nothing on what must be there before",
        sent="the S3 account first, the policy and its attachment in the cluster's last; the node role is looked up "
        "before anything is made, and a trust in a node role that was made anew is repaired",
        why="so the nodes may take the role only once it is ready, and destroy takes it away first; IAM refuses a "
        "trust in a role that is not there, and keeps a dead id when the role is made anew",
        source="IAM user guide, reference_policies_elements_principal",
    ),
    Deviation(
        page="the role atc-s3-access-keys is edited, and nowhere made",
        sent="it is made, with atc-s3-policy; or --existing-s3-role is used as it is",
        why="there is nothing to edit in a new account",
        source=CROSS_ACCOUNT_PAGE,
    ),
    Deviation(
        page="the whole trust policy of an existing role is replaced",
        sent="--existing-s3-role gets one statement added; one that lets the nodes in without the external id is a "
        "warning in plan and status, and --require-external-id adds a Deny that keeps them out without it",
        why="other statements are somebody's decision, and destroy leaves them as they were; the Deny has the effect "
        "that the page wants on the nodes, and is removed by destroy",
        source="IAM user guide, reference_policies_evaluation-logic",
    ),
    Deviation(
        page="s3:ListBucket on the whole bucket",
        sent="the same; for NAME/PREFIX only of that prefix and what is below (s3:prefix)",
        why="the names of other objects are nobody's business",
        source=POLICY_PAGE,
    ),
    Deviation(
        page="nothing on a key that encrypts the buckets",
        sent="with --kms-key kms:Decrypt for uploads and downloads and kms:GenerateDataKey for uploads, on that key",
        why="S3 uses the key with the permissions of who reads or writes; uploads in parts need both",
        source=KMS_PAGE,
    ),
    Deviation(
        page="nothing on how long a session lasts",
        sent="the hand-off says that a session through two roles ends after an hour at the latest",
        why="a role that is assumed from a role has no longer session, whatever its own limit",
        source="IAM user guide, id_roles_terms-and-concepts (role chaining)",
    ),
)
