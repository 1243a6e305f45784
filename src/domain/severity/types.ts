import type { Severity } from '../change.ts';
import { matchesGlob } from '../glob.ts';

/** What a kind of resource means for severity. */
export interface TypeRule {
  /** Globs over resource types: Terraform's, and kinds of Kubernetes. */
  types: readonly string[];
  /** How bad any other change than those of the attribute table is. */
  severity: Severity;
  reason: string;
  /** How bad it is when the resource is gone, or made anew; otherwise at least medium. */
  destroyed?: Severity;
  /** Nothing is known but that the type itself is harmless: keywords in names and attributes may still raise it. */
  keywordsDecide?: boolean;
}

/** Looked through from the top: the first row that fits a type is its row. */
const TYPE_RULES: readonly TypeRule[] = [
  {
    types: globs(`
      null_resource terraform_data time_* random_pet random_integer random_shuffle random_uuid
      random_string random_id
    `),
    severity: 'low',
    reason: 'no infrastructure of its own',
    keywordsDecide: true,
  },
  {
    types: globs('random_password tls_* *_key_pair tls_private_key'),
    severity: 'high',
    reason: 'key material',
    destroyed: 'critical',
  },
  {
    types: globs(`
      aws_iam_* aws_organizations_policy* aws_ssoadmin_* *_bucket_policy aws_*_policy_attachment
      aws_kms_grant aws_kms_key_policy google_*_iam_* google_service_account*
      google_organization_policy* google_org_policy_* azurerm_role_* azurerm_user_assigned_identity
      azurerm_policy_* azuread_* azurerm_federated_identity_credential
    `),
    severity: 'critical',
    reason: 'identity and access',
  },
  { types: globs('saved_state'), severity: 'critical', reason: 'the state itself' },
  {
    types: globs(`
      Role ClusterRole RoleBinding ClusterRoleBinding ServiceAccount kubernetes_role*
      kubernetes_cluster_role* kubernetes_service_account* PodSecurityPolicy
      ValidatingWebhookConfiguration MutatingWebhookConfiguration ValidatingAdmissionPolicy*
    `),
    severity: 'critical',
    reason: 'access control of the cluster',
  },
  {
    types: globs(`
      aws_s3_bucket_public_access_block aws_s3_account_public_access_block aws_s3_bucket_acl
      google_storage_bucket_acl google_storage_*_access_control
    `),
    severity: 'critical',
    reason: 'public access to storage',
  },
  {
    types: globs(`
      Secret SealedSecret ExternalSecret SecretStore ClusterSecretStore kubernetes_secret*
      aws_secretsmanager_* google_secret_manager_* azurerm_key_vault* vault_*
    `),
    severity: 'critical',
    reason: 'secrets',
  },
  {
    types: globs('aws_kms_* google_kms_* aws_cloudhsm*'),
    severity: 'critical',
    reason: 'encryption keys',
  },
  {
    types: globs(`
      Certificate Issuer ClusterIssuer *_certificate *_certificate_* aws_acm_* aws_acmpca_*
      azurerm_app_service_certificate* google_certificate_manager_*
    `),
    severity: 'critical',
    reason: 'certificates',
  },
  {
    types: globs(`
      aws_db_*_group aws_db_parameter_group aws_rds_*_parameter_group aws_elasticache_*_group
      aws_redshift_*_group aws_db_event_subscription
    `),
    severity: 'medium',
    reason: 'database settings',
  },
  {
    types: globs(`
      aws_db_* aws_rds_* aws_dynamodb_* aws_elasticache_* aws_redshift_* aws_docdb_* aws_neptune_*
      aws_opensearch_* aws_elasticsearch_* aws_memorydb_* google_sql_* google_spanner_*
      google_bigtable_* google_firestore_* google_redis_* google_bigquery_* google_alloydb_*
      azurerm_*sql_* azurerm_postgresql_* azurerm_cosmosdb_* azurerm_redis_* azurerm_mariadb_*
      postgresql_* mysql_* mongodbatlas_* digitalocean_database_*
    `),
    severity: 'high',
    reason: 'database',
    destroyed: 'critical',
  },
  {
    types: globs(`
      *security_group* *firewall* *secgroup* azurerm_network_security_* *_waf* *_network_acl*
      NetworkPolicy kubernetes_network_policy*
    `),
    severity: 'high',
    reason: 'network access rules',
  },
  {
    types: globs(`
      PersistentVolume PersistentVolumeClaim VolumeSnapshot StatefulSet kubernetes_persistent_volume*
      kubernetes_stateful_set*
    `),
    severity: 'high',
    reason: 'stored data',
    destroyed: 'critical',
  },
  {
    types: globs(`
      aws_s3_bucket aws_s3_object aws_ebs_* aws_efs_* aws_fsx_* aws_backup_* aws_glacier_*
      google_storage_bucket google_compute_disk google_compute_*_disk google_filestore_*
      azurerm_storage_* azurerm_managed_disk azurerm_backup_* azurerm_recovery_services_*
      openstack_blockstorage_* digitalocean_volume hcloud_volume
    `),
    severity: 'high',
    reason: 'storage',
    destroyed: 'critical',
  },
  {
    types: globs(`
      Namespace CustomResourceDefinition kubernetes_namespace* azurerm_resource_group google_project
      aws_organizations_account
    `),
    severity: 'medium',
    reason: 'contains other resources',
    destroyed: 'critical',
  },
  {
    types: globs(`
      aws_eks_* google_container_* azurerm_kubernetes_* aws_ecs_cluster aws_msk_* aws_mq_*
      aws_kinesis_* aws_sqs_queue google_pubsub_*
    `),
    severity: 'high',
    reason: 'platform that others run on',
    destroyed: 'critical',
  },
  {
    types: globs(`
      aws_vpc* aws_subnet* aws_route* aws_nat_* aws_internet_gateway* aws_lb* aws_alb* aws_elb*
      aws_eip* aws_ec2_transit_* aws_vpn_* aws_dx_* aws_cloudfront_* aws_api_gateway*
      aws_apigatewayv2_* aws_network_interface* google_compute_*network* google_compute_route*
      google_compute_address google_compute_global_* google_compute_forwarding_rule google_dns_*
      azurerm_virtual_network* azurerm_subnet* azurerm_route* azurerm_public_ip* azurerm_lb*
      azurerm_application_gateway* azurerm_*dns_* azurerm_network_* cloudflare_*
      digitalocean_loadbalancer hcloud_network* Service Ingress IngressClass Gateway HTTPRoute
      Endpoints EndpointSlice kubernetes_service kubernetes_service_v1 kubernetes_ingress*
    `),
    severity: 'high',
    reason: 'networking',
  },
  {
    types: globs(`
      aws_instance aws_launch_* aws_autoscaling_* aws_ecs_* aws_lambda_* aws_batch_* aws_spot_*
      google_compute_instance* google_cloud_run_* google_cloudfunctions* google_app_engine_*
      azurerm_*virtual_machine* azurerm_*_web_app* azurerm_app_service* azurerm_*function_app*
      azurerm_container_* digitalocean_droplet hcloud_server openstack_compute_instance*
      vsphere_virtual_machine
    `),
    severity: 'high',
    reason: 'compute',
  },
  {
    types: globs(`
      Deployment DaemonSet ReplicaSet Job CronJob Pod HorizontalPodAutoscaler PodDisruptionBudget
      kubernetes_deployment* kubernetes_daemon* kubernetes_job* kubernetes_cron_job* kubernetes_pod*
      kubernetes_horizontal_pod_* helm_release kubernetes_manifest
    `),
    severity: 'medium',
    reason: 'workload',
    destroyed: 'high',
  },
  {
    types: globs(`
      ConfigMap kubernetes_config_map* aws_ssm_* aws_appconfig_* azurerm_app_configuration*
      google_runtimeconfig_* LimitRange ResourceQuota StorageClass
    `),
    severity: 'medium',
    reason: 'configuration',
  },
  {
    types: globs(`
      aws_cloudtrail* aws_config_* aws_guardduty_* aws_securityhub_* azurerm_security_center_*
      google_scc_* google_logging_*_sink
    `),
    severity: 'high',
    reason: 'audit and security monitoring',
    destroyed: 'critical',
  },
  {
    types: globs(`
      aws_cloudwatch_* aws_sns_* google_monitoring_* google_logging_* azurerm_monitor_*
      azurerm_log_analytics_* datadog_* grafana_* ServiceMonitor PrometheusRule
    `),
    severity: 'medium',
    reason: 'monitoring',
  },
];

/** Globs in a table are separated by spaces, so that a row stays readable. */
function globs(words: string): string[] {
  return words.trim().split(/\s+/);
}

/** The row of a resource type, or undefined for types that the table doesn't know. */
export function typeRule(type: string): TypeRule | undefined {
  return TYPE_RULES.find((rule) => rule.types.some((pattern) => matchesGlob(pattern, type)));
}
