"""Actions whose names say that they hand out credentials or content, also those that no table has. Pure.

AWS adds actions every week, and a pattern such as `cloudwatch:Get*` allows them at once. The exceptions are read one by one.
Sources: Service authorization reference, the descriptions; the API references, for what the answers have.
"""

import re

_READS = r"(Get|BatchGet|Retrieve|Reveal|Fetch|Request|Generate|Download|Export|List|Query|Search|Create(?=\w*Presigned))"
_FOR = r"((For|From|With)\w+)?"
_CREDENTIALS = re.compile(
    rf"{_READS}\w*?(Credentials?|Tokens?|Secrets?|Passwords?|AccessKeys?|PrivateKeys?|ApiKeys?|KeyPairs?|ConnectionString"
    rf"|SessionEndpoint|(Login|Embed|Download|Dashboard|Session|Presigned|PreSigned|Signed)(Url|URL)s?){_FOR}"
)
_CONTENT = re.compile(
    rf"{_READS}\w*?((?<!Registry)Records?|(Query|Search|WorkUnit)Results?|(?<!Pending)Messages?|LogEvents|Content|Transcripts)"
    rf"{_FOR}"
)
_ONLY_NAMES = re.compile(r"List\w*(Credentials|Tokens|Secrets|AccessKeys|KeyPairs|Records|Results|Content)")
"""A list of such things has their names and ages; one of API keys has the keys."""
_HARMLESS = frozenset(
    (
        *("secretsmanager:GetRandomPassword", "waf:GetChangeToken", "waf-regional:GetChangeToken"),  # made for the call
        *(
            "ecr:GetAuthorizationToken",
            "ecr-public:GetAuthorizationToken",
            "sts:GetServiceBearerToken",
        ),  # no more than oneself
        *("sts:GetSessionToken", "sts:GetFederationToken"),  # AWS refuses them to a role
        *("lightsail:GetKeyPair", "lightsail:GetKeyPairs", "ivs:GetPlaybackKeyPair"),  # the public part
        *("kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext"),  # a use of a key
        *("billing:GetSellerOfRecord", "ce:GetApproximateUsageRecords", "ec2messages:GetMessages"),
        *("lightsail:GetCloudFormationStackRecords", "lightsail:GetExportSnapshotRecords"),
        *("ec2:GetNetworkInsightsAccessScopeContent", "elasticloadbalancing:GetTrustStoreRevocationContent"),
        *("internetmonitor:GetQueryResults", "migrationhub-orchestrator:GetMessage", "migrationhub-strategy:GetMessage"),
        "iot:ListRetainedMessages",  # their topics
    )
)


def gives_credentials(action: str) -> bool:
    """Whether it hands out credentials, a token or an address to sign in, by its name."""
    return _tells(_CREDENTIALS, action)


def gives_content(action: str) -> bool:
    """Whether it hands out content that others wrote, by its name."""
    return _tells(_CONTENT, action)


def _tells(pattern: re.Pattern[str], action: str) -> bool:
    name = action.partition(":")[2]
    return action not in _HARMLESS and bool(pattern.fullmatch(name)) and not _ONLY_NAMES.fullmatch(name)
