"""How a resource of each kind is found when its creation was interrupted."""

from local.unfinished.cloudfront import OfCloudFront
from local.unfinished.finders import (
    Association,
    Attached,
    Discovered,
    Finder,
    HealthCheck,
    Key,
    Listed,
    Named,
    Overwritten,
    RecordSet,
    Tagged,
    TaskDefinition,
)

SCALED = {
    "ServiceNamespace": "serviceNamespace",
    "ResourceId": "resourceId",
    "ScalableDimension": "scalableDimension",
}
RULE = {"GroupId": "securityGroupId"}
ROUTE = {"RouteTableId": "routeTableId", "DestinationCidrBlock": "destinationCidrBlock"}
KINDS: dict[str, Finder] = {
    "aws:acm/certificate:Certificate": Listed(
        "acm",
        "list_certificates",
        "CertificateSummaryList",
        {"DomainName": "domainName"},
        "delete_certificate",
        {"CertificateArn": "CertificateArn"},
    ),
    "aws:acm/certificateValidation:CertificateValidation": Overwritten(),
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": Named(
        "amp", "delete_alert_manager_definition", {"workspaceId": "workspaceId"}
    ),
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": Named(
        "amp", "delete_rule_groups_namespace", {"workspaceId": "workspaceId", "name": "name"}
    ),
    "aws:amp/workspace:Workspace": Listed(
        "amp",
        "list_workspaces",
        "workspaces",
        {"alias": "alias"},
        "delete_workspace",
        {"workspaceId": "workspaceId"},
    ),
    "aws:appautoscaling/policy:Policy": Named(
        "application-autoscaling", "delete_scaling_policy", {"PolicyName": "name", **SCALED}
    ),
    "aws:appautoscaling/target:Target": Named(
        "application-autoscaling", "deregister_scalable_target", SCALED
    ),
    "aws:backup/plan:Plan": Listed(
        "backup",
        "list_backup_plans",
        "BackupPlansList",
        {"BackupPlanName": "name"},
        "delete_backup_plan",
        {"BackupPlanId": "BackupPlanId"},
    ),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": Named(
        "backup", "delete_restore_testing_plan", {"RestoreTestingPlanName": "name"}
    ),
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": Named(
        "backup",
        "delete_restore_testing_selection",
        {"RestoreTestingPlanName": "restoreTestingPlanName", "RestoreTestingSelectionName": "name"},
    ),
    "aws:backup/selection:Selection": Listed(
        "backup",
        "list_backup_selections",
        "BackupSelectionsList",
        {"SelectionName": "name"},
        "delete_backup_selection",
        {"SelectionId": "SelectionId", "BackupPlanId": "BackupPlanId"},
        ask={"BackupPlanId": "planId"},
    ),
    "aws:backup/vault:Vault": Named("backup", "delete_backup_vault", {"BackupVaultName": "name"}),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": Overwritten(),
    "aws:backup/vaultPolicy:VaultPolicy": Overwritten(),
    "aws:budgets/budget:Budget": Named(
        "budgets", "delete_budget", {"AccountId": "accountId", "BudgetName": "name"}
    ),
    "aws:cloudfront/distribution:Distribution": OfCloudFront(
        "distribution", "distributions", ("Comment",), "comment"
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": OfCloudFront(
        "origin_access_control", "origin_access_controls", ("Name",), "name"
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": OfCloudFront(
        "response_headers_policy",
        "response_headers_policies",
        ("ResponseHeadersPolicy", "ResponseHeadersPolicyConfig", "Name"),
        "name",
    ),
    "aws:cloudwatch/eventRule:EventRule": Named("events", "delete_rule", {"Name": "name"}),
    "aws:cloudwatch/eventTarget:EventTarget": Named(
        "events", "remove_targets", {"Rule": "rule", "Ids": "targetId"}
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": Listed(
        "logs",
        "describe_deliveries",
        "deliveries",
        {"deliverySourceName": "deliverySourceName"},
        "delete_delivery",
        {"id": "id"},
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": Overwritten(),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": Overwritten(),
    "aws:cloudwatch/logGroup:LogGroup": Named("logs", "delete_log_group", {"logGroupName": "name"}),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Named(
        "logs", "delete_metric_filter", {"logGroupName": "logGroupName", "filterName": "name"}
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Overwritten(),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Named("cloudwatch", "delete_alarms", {"AlarmNames": "name"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Overwritten(),
    "aws:ec2/eip:Eip": Tagged("eipalloc-", "release_address", "AllocationId"),
    "aws:ec2/flowLog:FlowLog": Tagged("fl-", "delete_flow_logs", "FlowLogIds"),
    "aws:ec2/internetGateway:InternetGateway": Attached(
        "igw-", "delete_internet_gateway", "InternetGatewayId"
    ),
    "aws:ec2/natGateway:NatGateway": Tagged("nat-", "delete_nat_gateway", "NatGatewayId"),
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": Overwritten(),
    "aws:ec2/route:Route": Named("ec2", "delete_route", ROUTE),
    "aws:ec2/routeTable:RouteTable": Tagged("rtb-", "delete_route_table", "RouteTableId"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Association(),
    "aws:ec2/securityGroup:SecurityGroup": Tagged("sg-", "delete_security_group", "GroupId"),
    "aws:ec2/subnet:Subnet": Tagged("subnet-", "delete_subnet", "SubnetId"),
    "aws:ec2/vpc:Vpc": Tagged("vpc-", "delete_vpc", "VpcId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Tagged("vpce-", "delete_vpc_endpoints", "VpcEndpointIds"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": Tagged(
        "pcx-", "delete_vpc_peering_connection", "VpcPeeringConnectionId"
    ),
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": Overwritten(),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Overwritten(),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": Named(
        "ecr", "delete_pull_through_cache_rule", {"ecrRepositoryPrefix": "ecrRepositoryPrefix"}
    ),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": Overwritten(),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": Named(
        "ecr", "delete_repository_creation_template", {"prefix": "prefix"}
    ),
    "aws:ecr/repository:Repository": Named("ecr", "delete_repository", {"repositoryName": "name"}),
    "aws:ecs/cluster:Cluster": Named("ecs", "delete_cluster", {"cluster": "name"}),
    "aws:ecs/service:Service": Named(
        "ecs", "delete_service", {"cluster": "cluster", "service": "name"}, {"force": True}
    ),
    "aws:ecs/taskDefinition:TaskDefinition": TaskDefinition(),
    "aws:efs/accessPoint:AccessPoint": Listed(
        "efs",
        "describe_access_points",
        "AccessPoints",
        {"Name": "tags.Name"},
        "delete_access_point",
        {"AccessPointId": "AccessPointId"},
        ask={"FileSystemId": "fileSystemId"},
    ),
    "aws:efs/backupPolicy:BackupPolicy": Overwritten(),
    "aws:efs/fileSystem:FileSystem": Listed(
        "efs",
        "describe_file_systems",
        "FileSystems",
        {"CreationToken": "creationToken"},
        "delete_file_system",
        {"FileSystemId": "FileSystemId"},
    ),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": Overwritten(),
    "aws:efs/mountTarget:MountTarget": Listed(
        "efs",
        "describe_mount_targets",
        "MountTargets",
        {"SubnetId": "subnetId"},
        "delete_mount_target",
        {"MountTargetId": "MountTargetId"},
        ask={"FileSystemId": "fileSystemId"},
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": Named(
        "elasticache", "delete_cache_parameter_group", {"CacheParameterGroupName": "name"}
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Named(
        "elasticache", "delete_replication_group", {"ReplicationGroupId": "replicationGroupId"}
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Named(
        "elasticache", "delete_cache_subnet_group", {"CacheSubnetGroupName": "name"}
    ),
    "aws:elasticache/user:User": Named("elasticache", "delete_user", {"UserId": "userId"}),
    "aws:elasticache/userGroup:UserGroup": Named(
        "elasticache", "delete_user_group", {"UserGroupId": "userGroupId"}
    ),
    "aws:iam/role:Role": Named("iam", "delete_role", {"RoleName": "name"}),
    "aws:iam/rolePolicy:RolePolicy": Named(
        "iam", "delete_role_policy", {"RoleName": "role", "PolicyName": "name"}
    ),
    "aws:kms/alias:Alias": Named("kms", "delete_alias", {"AliasName": "name"}),
    "aws:kms/key:Key": Key(),
    "aws:kms/replicaKey:ReplicaKey": Key(),
    "aws:lambda/function:Function": Named("lambda", "delete_function", {"FunctionName": "name"}),
    "aws:lambda/permission:Permission": Named(
        "lambda", "remove_permission", {"FunctionName": "function", "StatementId": "statementId"}
    ),
    "aws:lb/listener:Listener": Listed(
        "elbv2",
        "describe_listeners",
        "Listeners",
        {"Port": "port"},
        "delete_listener",
        {"ListenerArn": "ListenerArn"},
        ask={"LoadBalancerArn": "loadBalancerArn"},
    ),
    "aws:lb/listenerRule:ListenerRule": Listed(
        "elbv2",
        "describe_rules",
        "Rules",
        {"Priority": "priority"},
        "delete_rule",
        {"RuleArn": "RuleArn"},
        ask={"ListenerArn": "listenerArn"},
    ),
    "aws:lb/loadBalancer:LoadBalancer": Listed(
        "elbv2",
        "describe_load_balancers",
        "LoadBalancers",
        {"LoadBalancerName": "name"},
        "delete_load_balancer",
        {"LoadBalancerArn": "LoadBalancerArn"},
        unprotect=(
            "modify_load_balancer_attributes",
            {"Attributes": [{"Key": "deletion_protection.enabled", "Value": "false"}]},
        ),
    ),
    "aws:lb/targetGroup:TargetGroup": Listed(
        "elbv2",
        "describe_target_groups",
        "TargetGroups",
        {"TargetGroupName": "name"},
        "delete_target_group",
        {"TargetGroupArn": "TargetGroupArn"},
    ),
    "aws:rds/instance:Instance": Listed(
        "rds",
        "describe_db_instances",
        "DBInstances",
        {"DBInstanceIdentifier": "identifier"},
        "delete_db_instance",
        {"DBInstanceIdentifier": "DBInstanceIdentifier"},
        unprotect=("modify_db_instance", {"DeletionProtection": False}),
        further={"SkipFinalSnapshot": True},
    ),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": Named(
        "rds",
        "stop_db_instance_automated_backups_replication",
        {"SourceDBInstanceArn": "sourceDbInstanceArn"},
    ),
    "aws:rds/parameterGroup:ParameterGroup": Named(
        "rds", "delete_db_parameter_group", {"DBParameterGroupName": "name"}
    ),
    "aws:rds/subnetGroup:SubnetGroup": Named("rds", "delete_db_subnet_group", {"DBSubnetGroupName": "name"}),
    "aws:route53/healthCheck:HealthCheck": HealthCheck(),
    "aws:route53/queryLog:QueryLog": Listed(
        "route53",
        "list_query_logging_configs",
        "QueryLoggingConfigs",
        {},
        "delete_query_logging_config",
        {"Id": "Id"},
        ask={"HostedZoneId": "zoneId"},
    ),
    "aws:route53/record:Record": RecordSet(),
    "aws:route53/zone:Zone": Listed(
        "route53", "list_hosted_zones", "HostedZones", {"Name": "name"}, "delete_hosted_zone", {"Id": "Id"}
    ),
    "aws:s3/bucket:Bucket": Named("s3", "delete_bucket", {"Bucket": "bucket"}),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Overwritten(),
    "aws:s3/bucketLogging:BucketLogging": Overwritten(),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": Overwritten(),
    "aws:s3/bucketObjectv2:BucketObjectv2": Named("s3", "delete_object", {"Bucket": "bucket", "Key": "key"}),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Overwritten(),
    "aws:s3/bucketPolicy:BucketPolicy": Overwritten(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Overwritten(),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": Overwritten(),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Overwritten(),
    "aws:s3/bucketVersioning:BucketVersioning": Overwritten(),
    "aws:secretsmanager/secret:Secret": Named(
        "secretsmanager", "delete_secret", {"SecretId": "name"}, {"ForceDeleteWithoutRecovery": True}
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Overwritten(),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Discovered(
        "Namespaces", "delete_namespace"
    ),
    "aws:servicediscovery/service:Service": Discovered("Services", "delete_service"),
    "aws:sns/topic:Topic": Overwritten(),
    "aws:sns/topicPolicy:TopicPolicy": Overwritten(),
    # A queue of the same name and attributes is given again.
    "aws:sqs/queue:Queue": Overwritten(),
    "aws:sqs/queuePolicy:QueuePolicy": Overwritten(),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Tagged(
        "sgr-", "revoke_security_group_egress", "SecurityGroupRuleIds", RULE
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Tagged(
        "sgr-", "revoke_security_group_ingress", "SecurityGroupRuleIds", RULE
    ),
    "aws:wafv2/webAcl:WebAcl": Listed(
        "wafv2",
        "list_web_acls",
        "WebACLs",
        {"Name": "name"},
        "delete_web_acl",
        {"Id": "Id", "Name": "Name", "LockToken": "LockToken"},
        ask={"Scope": "scope"},
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Overwritten(),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Overwritten(),
}
# Kinds of these packages exist in the state alone.
ONLY_IN_STATE = ("pulumi:", "random:", "mpac:")
