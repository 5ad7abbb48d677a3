"""What AWS shows to whoever reads more than names: keys, settings with passwords, people, how the account is used. Pure.

Sources: the API reference of each service, by the action and the member that has it (AWS's models of the APIs mark most of
them as sensitive); IAM user guide, id_roles_common-scenarios_third-party (who may read a role sees the external id); AppSync
developer guide, security-authz (the id of an API key is the key); CloudFront developer guide,
restrict-access-to-load-balancer (a secret header).
"""

from bootstrap.permissions.reach import Reach

KEYS: tuple[Reach, ...] = (
    Reach(
        "pre-shared keys of VPN connections",
        ("ec2:DescribeVpnConnections", "ec2:GetVpnConnectionDeviceSampleConfiguration"),
        "CustomerGatewayConfiguration, PreSharedKey, VpnConnectionDeviceSampleConfiguration",
    ),
    Reach("API keys of API Gateway", ("apigateway:GET",), "GetApiKeys: value", on="arn:*:apigateway:*::/apikeys*"),
    Reach("API keys of AppSync", ("appsync:ListApiKeys",), "apiKeys: id"),
    Reach(
        "client secrets of Cognito",
        (
            *("cognito-idp:DescribeUserPoolClient", "cognito-idp:ListUserPoolClientSecrets"),
            "cognito-idp:DescribeIdentityProvider",
        ),
        "ClientSecret, ClientSecretValue, ProviderDetails",
    ),
    Reach("passwords in connections of Glue", ("glue:GetConnection", "glue:GetConnections"), "ConnectionProperties"),
    Reach("passwords in connections of DataZone", ("datazone:GetConnection",), "connectionCredentials"),
    Reach("encrypted administrator passwords of Windows machines", ("ec2:GetPasswordData",), "PasswordData"),
    Reach(
        "passwords and keys of Lightsail",
        (
            *("lightsail:GetInstanceAccessDetails", "lightsail:GetRelationalDatabaseMasterUserPassword"),
            "lightsail:DownloadDefaultKeyPair",
        ),
        "privateKey, password, masterUserPassword, privateKeyBase64",
    ),
    Reach(
        "CHAP secrets of Storage Gateway",
        ("storagegateway:DescribeChapCredentials",),
        "SecretToAuthenticateInitiator, SecretToAuthenticateTarget",
    ),
    Reach("keys of BGP sessions of Direct Connect", ("directconnect:DescribeVirtualInterfaces",), "authKey"),
    Reach("tokens for Splunk of Firehose", ("firehose:DescribeDeliveryStream",), "HECToken"),
    Reach("client secrets of Verified Access", ("ec2:ExportVerifiedAccessInstanceClientConfiguration",), "ClientSecret"),
    Reach("client secrets of Amplify", ("amplifybackend:GetBackendAuth",), "ClientSecret"),
    Reach("private keys of certificates", ("acm:ExportCertificate",), "PrivateKey"),
    Reach(
        "passwords of channels of MediaPackage", ("mediapackage:DescribeChannel", "mediapackage:ListChannels"), "Password"
    ),
    Reach(
        "credentials of jobs of CodePipeline",
        ("codepipeline:GetJobDetails", "codepipeline:GetThirdPartyJobDetails"),
        "artifactCredentials",
    ),
)
"""Passwords and keys themselves."""
SETTINGS: tuple[Reach, ...] = (
    Reach(
        "templates of stacks",
        (
            *("cloudformation:GetTemplate", "cloudformation:GetTemplateSummary", "cloudformation:DescribeStackSet"),
            "cloudformation:GetGeneratedTemplate",
        ),
        "TemplateBody",
    ),
    Reach(
        "parameters of stacks",
        ("cloudformation:DescribeStacks", "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackInstance"),
        "Parameters, ParameterOverrides",
    ),
    Reach(
        "configurations of extensions of CloudFormation",
        ("cloudformation:BatchDescribeTypeConfigurations",),
        "Configuration",
    ),
    Reach(
        "user data of machines",
        (
            *("ec2:DescribeInstanceAttribute", "ec2:DescribeLaunchTemplateVersions", "ec2:GetLaunchTemplateData"),
            *(
                "ec2:DescribeSpotFleetRequests",
                "ec2:DescribeSpotInstanceRequests",
                "autoscaling:DescribeLaunchConfigurations",
            ),
        ),
        "UserData",
    ),
    Reach("console output of machines", ("ec2:GetConsoleOutput", "ec2:GetConsoleScreenshot"), "Output, ImageData"),
    Reach(
        "environment variables of functions",
        (
            *("lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:ListFunctions"),
            *("lambda:ListVersionsByFunction", "lambda:GetWebFunctionRevision", "lambda:GetMicrovmImageVersion"),
            "lambda:ListMicrovmImageVersions",
        ),
        "Environment",
    ),
    Reach(
        "environment variables of containers",
        (
            *("ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:DescribeDaemonTaskDefinition"),
            *("ecs:DescribeExpressGatewayService", "lightsail:GetContainerServices"),
            *("lightsail:GetContainerServiceDeployments", "pipes:DescribePipe"),
        ),
        "environment, of the task also in overrides",
    ),
    Reach("environment variables of jobs", ("batch:DescribeJobDefinitions", "batch:DescribeJobs"), "environment"),
    Reach(
        "environment variables of builds",
        (
            *("codebuild:BatchGetProjects", "codebuild:BatchGetBuilds", "codebuild:BatchGetBuildBatches"),
            *("codebuild:BatchGetSandboxes", "codepipeline:GetPipeline"),
        ),
        "environment, environmentVariables",
    ),
    Reach(
        "environment variables of applications",
        (
            *("elasticbeanstalk:DescribeConfigurationSettings", "apprunner:DescribeService", "amplify:GetApp"),
            *("amplify:ListApps", "amplify:GetBranch", "amplify:ListBranches", "appsync:GetGraphqlApiEnvironmentVariables"),
        ),
        "OptionSettings, RuntimeEnvironmentVariables, environmentVariables, basicAuthCredentials",
    ),
    Reach(
        "environment variables of models",
        (
            *("sagemaker:DescribeModel", "sagemaker:DescribeTrainingJob", "sagemaker:DescribeProcessingJob"),
            *("sagemaker:DescribeTransformJob", "sagemaker:DescribeHyperParameterTuningJob", "sagemaker:Search"),
            *("sagemaker:DescribeModelPackage", "sagemaker:BatchDescribeModelPackage"),
            *("sagemaker:DescribeInferenceComponent", "sagemaker:DescribeMonitoringSchedule"),
            "bedrock-agentcore:GetAgentRuntime",
        ),
        "Environment",
    ),
    Reach("scripts of notebooks", ("sagemaker:DescribeNotebookInstanceLifecycleConfig",), "OnCreate, OnStart: Content"),
    Reach("arguments of Glue's jobs", ("glue:GetJob", "glue:GetJobs", "glue:BatchGetJobs"), "DefaultArguments"),
    Reach(
        "arguments of jobs of EMR",
        (
            *("elasticmapreduce:DescribeStep", "elasticmapreduce:ListSteps", "elasticmapreduce:ListBootstrapActions"),
            *("elasticmapreduce:DescribeJobFlows", "elasticmapreduce:DescribeNotebookExecution", "emr-serverless:GetJobRun"),
        ),
        "Args, EnvironmentVariables, jobDriver",
    ),
    Reach("configurations of clusters of EMR", ("elasticmapreduce:DescribeCluster",), "Configurations, KdcAdminPassword"),
    Reach("configurations of Airflow", ("airflow:GetEnvironment",), "AirflowConfigurationOptions"),
    Reach(
        "custom headers of CloudFront",
        (
            *("cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:ListDistributions"),
            "cloudfront:ListDistributionsByWebACLId",
        ),
        "CustomHeaders: HeaderValue",
    ),
    Reach("stage variables of REST APIs", ("apigateway:GET",), "variables", on="arn:*:apigateway:*::/restapis/*/stages*"),
    Reach("stage variables of HTTP APIs", ("apigateway:GET",), "StageVariables", on="arn:*:apigateway:*::/apis/*/stages*"),
    Reach("connectors of MSK", ("kafkaconnect:DescribeConnector",), "connectorConfiguration"),
    Reach("definitions of state machines", ("states:DescribeStateMachine*",), "definition"),
    Reach(
        "configurations of AppConfig",
        ("appconfig:GetConfiguration", "appconfig:GetLatestConfiguration", "appconfig:GetHostedConfigurationVersion"),
        "Content, Configuration",
    ),
    Reach("documents of Systems Manager", ("ssm:GetDocument",), "Content"),
    Reach(
        "commands of Systems Manager",
        ("ssm:ListCommands", "ssm:ListCommandInvocations", "ssm:GetCommandInvocation"),
        "Parameters, Output, StandardOutputContent",
    ),
    Reach(
        "texts of queries",
        (
            *("athena:GetQueryExecution", "athena:BatchGetQueryExecution", "redshift-data:DescribeStatement"),
            *("redshift-data:ListStatements", "pi:GetDimensionKeyDetails"),
        ),
        "Query, QueryString, db.sql.statement",
    ),
)
"""Settings into which people write passwords and keys."""
CONTENT: tuple[Reach, ...] = (
    Reach("logs of databases", ("rds:DownloadDBLogFilePortion", "rds:DownloadCompleteDBLogFile"), "LogFileData"),
    Reach("images of containers", ("ecr:GetDownloadUrlForLayer",), "downloadUrl"),
    Reach("traces", ("xray:BatchGetTraces", "xray:GetTraceSummaries"), "Segments: Document, Http, Users"),
    Reach(
        "input and output of Step Functions",
        ("states:DescribeExecution", "states:GetExecutionHistory", "states:GetActivityTask"),
        "input, output",
    ),
)
"""Content beside what the linter warns of (`READS`)."""
PEOPLE: tuple[Reach, ...] = (
    Reach(
        "mail addresses in SES",
        (
            *("ses:ListContacts", "ses:GetContact", "ses:ListSuppressedDestinations", "ses:GetSuppressedDestination"),
            *("ses:ListMembersOfAddressList", "ses:GetMemberOfAddressList", "ses:GetMessageInsights", "ses:ListIdentities"),
            *("ses:ListEmailIdentities", "ses:ListVerifiedEmailAddresses"),
        ),
        "EmailAddress, Address, Destination, Identities",
    ),
    Reach(
        "subscribers of SNS",
        (
            *("sns:ListSubscriptions", "sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes"),
            *("sns:ListPhoneNumbersOptedOut", "sns:ListSMSSandboxPhoneNumbers", "sns:ListEndpointsByPlatformApplication"),
        ),
        "Endpoint, phoneNumbers",
    ),
    Reach(
        "users of Cognito",
        ("cognito-idp:ListUsers", "cognito-idp:ListUsersInGroup", "cognito-idp:AdminGetUser"),
        "Users: Attributes",
    ),
    Reach("users of IAM Identity Center", ("identitystore:ListUsers", "identitystore:DescribeUser"), "Name, Emails"),
    Reach("users of WorkMail", ("workmail:ListUsers", "workmail:DescribeUser"), "Email, DisplayName"),
    Reach("users of QuickSight", ("quicksight:ListUsers", "quicksight:DescribeUser"), "Email"),
    Reach("users of WorkDocs", ("workdocs:DescribeUsers", "workdocs:GetCurrentUser"), "EmailAddress"),
    Reach("users of directories", ("ds-data:ListUsers", "ds-data:SearchUsers", "ds-data:DescribeUser"), "EmailAddress"),
    Reach("users of Amazon Connect", ("connect:SearchUsers", "connect:DescribeUser"), "IdentityInfo"),
    Reach(
        "customers in profiles of Amazon Connect",
        ("profile:SearchProfiles", "profile:BatchGetProfile", "profile:GetSegmentMembership"),
        "EmailAddress, PhoneNumber",
    ),
    Reach("owners of domains", ("route53domains:GetDomainDetail",), "RegistrantContact, AdminContact"),
    Reach(
        "contacts of the account",
        (
            *("account:GetContactInformation", "account:GetAlternateContact", "account:GetPrimaryEmail"),
            "shield:DescribeEmergencyContactSettings",
        ),
        "ContactInformation, AlternateContact, PrimaryEmail, EmergencyContactList",
    ),
    Reach(
        "mail addresses of accounts of the organization",
        (
            *("organizations:DescribeOrganization", "organizations:DescribeAccount", "organizations:ListAccounts*"),
            *(
                "organizations:ListDelegatedAdministrators",
                "organizations:DescribeResponsibilityTransfer",
                "organizations:List*ResponsibilityTransfers",
            ),
            *("macie2:GetMember", "macie2:ListMembers", "securityhub:GetMembers", "securityhub:ListMembers"),
            *("guardduty:GetMembers", "guardduty:ListMembers", "detective:GetMembers", "detective:ListMembers"),
        ),
        "Email, MasterAccountEmail, EmailAddress",
    ),
    Reach("subscribers of budgets", ("budgets:ViewBudget", "ce:GetAnomalySubscriptions"), "SubscriberEmail, Subscribers"),
    Reach("people in cases of support", ("support:DescribeCases",), "ccEmailAddresses, submittedBy"),
)
"""Names and addresses of people."""
USAGE: tuple[Reach, ...] = (
    Reach(
        "who may assume which role, also the external ids of other vendors",
        ("iam:ListRoles", "iam:GetRole", "iam:GetAccountAuthorizationDetails"),
        "AssumeRolePolicyDocument",
    ),
    Reach(
        "what people and programs did, with the parameters of their calls",
        ("cloudtrail:LookupEvents", "cloudtrail:GetQueryResults"),
        "CloudTrailEvent, QueryResultRows",
    ),
)
"""How the account is used, and by whom."""
