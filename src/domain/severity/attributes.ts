import type { Severity } from '../change.ts';

/** What an attribute means for severity, whatever resource it belongs to. */
interface AttributeRule {
  /** Tested on the JSON pointer without its list positions, in snake_case: `/spec/template/spec/containers/image`. */
  pointer: RegExp;
  severity: Severity;
  reason: string;
}

/** Looked through from the top: the first row that fits decides. */
const ATTRIBUTE_RULES: readonly AttributeRule[] = [
  { pointer: /\/(tags|tags_all|default_tags)(\/|$)/, severity: 'low', reason: 'tags' },
  {
    pointer: /\/(\w+_)?(description|descriptions|comment|display_name|friendly_name|notes?)$/,
    severity: 'low',
    reason: 'description',
  },
  {
    pointer:
      /\/metadata\/(generation|resource_version|uid|self_link|creation_timestamp|managed_fields)(\/|$)|^\/status(\/|$)|^\/timeouts(\/|$)/,
    severity: 'low',
    reason: 'metadata',
  },
  { pointer: /\/(annotations|effective_annotations)(\/|$)/, severity: 'medium', reason: 'annotations' },
  {
    pointer: /\/(labels|effective_labels|terraform_labels|user_labels|resource_labels)(\/|$)/,
    severity: 'medium',
    reason: 'labels',
  },
  {
    pointer:
      /\/(assume_role_policy|inline_policy|managed_policy_arns|permissions_boundary|role_definition_id|role_ref|subjects)(\/|$)/,
    severity: 'critical',
    reason: 'access policy',
  },
  {
    pointer: /\/(pod_)?security_context(\/|$)|\/(host_network|host_pid|host_ipc|privileged)$/,
    severity: 'critical',
    reason: 'security context',
  },
  {
    pointer:
      /\/(deletion_protection|prevent_destroy|termination_protection|disable_api_termination)(_enabled)?$/,
    severity: 'high',
    reason: 'deletion protection',
  },
  {
    pointer: /\/(backup_retention_period|skip_final_snapshot|point_in_time_recovery|versioning)(\/|$)/,
    severity: 'high',
    reason: 'backups',
  },
  {
    pointer:
      /\/(\w*encrypt\w*|kms_key_id|kms_master_key_id|sse_algorithm|min_tls_version|ssl_policy|minimum_tls_version)(\/|$)/,
    severity: 'high',
    reason: 'encryption',
  },
  {
    pointer:
      /\/(replicas|replica_count|desired_count|desired_capacity|min_size|max_size|min_replicas|max_replicas|node_count|min_capacity|max_capacity|instance_count|target_size)$/,
    severity: 'medium',
    reason: 'number of replicas',
  },
  {
    pointer: /\/containers?\/image$|\/(ami|image_id|image_uri|source_image|engine_version|boot_image)$/,
    severity: 'high',
    reason: 'image or version that runs',
  },
];

/** What an attribute rule says of a JSON pointer. */
export function attributeRule(pointer: string): { severity: Severity; reason: string } | undefined {
  const plain = snakePointer(pointer);
  return ATTRIBUTE_RULES.find((rule) => rule.pointer.test(plain));
}

/** `/spec/template/spec/containers/0/securityContext` becomes `/spec/template/spec/containers/security_context`. */
function snakePointer(pointer: string): string {
  return pointer
    .replaceAll(/\/\d+(?=\/|$)/g, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
