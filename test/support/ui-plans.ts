import type { AttributeChange, Change } from '../../src/domain/change.ts';
import type { StackPlan } from '../../src/domain/plan.ts';
import { aChange, aPlan } from './api-data.ts';

/** A digest that looks like one. */
export const DIGEST = `v1:sha256:${'9f2c61d04b7ae853'.repeat(4)}`;

function attribute(changes: Partial<AttributeChange>): AttributeChange {
  return {
    pointer: '/tags/owner',
    before: null,
    after: null,
    sensitive: false,
    unknown: false,
    cause: 'drift',
    ...changes,
  };
}

const POLICY = (actions: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Deploy', Effect: 'Allow', Action: actions, Resource: '*' }],
  });

/** A security group that somebody opened to the world. */
export const openedGroup: Change = aChange({
  address: 'module.vpc.aws_security_group.bastion',
  kind: 'aws_security_group',
  name: 'bastion',
  severity: 'critical',
  severityReason: 'a security group is open to 0.0.0.0/0',
  attributes: [
    attribute({
      pointer: '/ingress/0/cidr_blocks',
      before: ['10.20.0.0/16'],
      after: ['10.20.0.0/16', '0.0.0.0/0'],
    }),
    attribute({ pointer: '/ingress/0/description', before: 'office', after: 'temp, remove after incident' }),
  ],
});

/** A database that live and Git both moved, with a masked and an unknown value. */
export const movedDatabase: Change = aChange({
  address: 'module.db.aws_db_instance.main',
  kind: 'aws_db_instance',
  name: 'main',
  action: 'replace',
  actions: ['delete', 'create'],
  cause: 'both',
  severity: 'high',
  severityReason: 'replacing a database loses what it holds',
  replacedBecause: ['/engine_version'],
  attributes: [
    attribute({ pointer: '/backup_retention_period', before: 14, after: 1 }),
    attribute({ pointer: '/engine_version', before: '15.6', after: '16.3', cause: 'pending' }),
    attribute({ pointer: '/password', sensitive: true, cause: 'pending' }),
    attribute({ pointer: '/endpoint', before: 'main.c1.db.internal:5432', unknown: true, cause: 'pending' }),
  ],
});

/** A role whose policy document Git changes. */
export const pendingRole: Change = aChange({
  address: 'aws_iam_role_policy.deploy["ci/main"]',
  kind: 'aws_iam_role_policy',
  name: 'deploy',
  cause: 'pending',
  severity: 'medium',
  severityReason: 'the attribute policy is about access',
  attributes: [
    attribute({
      pointer: '/policy',
      before: POLICY(['ecs:UpdateService', 'iam:PassRole']),
      after: POLICY(['ecs:DescribeServices', 'ecs:UpdateService', 'iam:PassRole']),
      cause: 'pending',
    }),
  ],
});

/** A tag that somebody edited by hand. */
export const editedTag: Change = aChange({
  address: 'module.vpc.aws_subnet.private[2]',
  kind: 'aws_subnet',
  name: 'private',
  severityReason: 'a tag describes, it does not act',
  attributes: [
    attribute({ pointer: '/tags/owner', before: 'platform', after: 'platform-oncall' }),
    attribute({ pointer: '/tags/kubernetes.io~1role', before: '1', after: null }),
  ],
});

/** A deleted object of which the driver gives only the whole value. */
export const deletedRecord: Change = aChange({
  address: 'aws_route53_record.status',
  kind: 'aws_route53_record',
  name: 'status',
  action: 'create',
  actions: ['create'],
  before: null,
  after: { name: 'status.example.com', type: 'CNAME', ttl: 300, records: ['lb.example.com'] },
  attributes: [],
  severity: 'high',
  severityReason: 'the object was deleted outside of Git',
});

/** Text as Terraform prints it for these changes. */
export const PLAN_TEXT = `Terraform used the selected providers to generate the following execution plan.
Resource actions are indicated with the following symbols:
  + create
  ~ update in-place
-/+ destroy and then create replacement

Terraform will perform the following actions:

  # aws_iam_role_policy.deploy["ci/main"] will be updated in-place
  ~ resource "aws_iam_role_policy" "deploy" {
        id     = "deploy:ci-main"
      ~ policy = jsonencode(
          ~ {
              ~ Statement = [
                  ~ {
                      ~ Action   = [
                          + "ecs:DescribeServices",
                            "ecs:UpdateService",
                        ]
                    },
                ]
            }
        )
    }

  # aws_route53_record.status will be created
  + resource "aws_route53_record" "status" {
      + name    = "status.example.com"
      + records = [
          + "lb.example.com",
        ]
      + ttl     = 300
      + type    = "CNAME"
    }

  # module.db.aws_db_instance.main must be replaced
-/+ resource "aws_db_instance" "main" {
      ~ backup_retention_period = 1 -> 14
      ~ endpoint                = "main.c1.db.internal:5432" -> (known after apply)
      ~ engine_version          = "15.6" -> "16.3" # forces replacement
      ~ password                = (sensitive value)
    }

  # module.vpc.aws_security_group.bastion will be updated in-place
  ~ resource "aws_security_group" "bastion" {
      ~ ingress = [
          - {
              - cidr_blocks = [
                  - "10.20.0.0/16",
                  - "0.0.0.0/0",
                ]
            },
          + {
              + cidr_blocks = [
                  + "10.20.0.0/16",
                ]
            },
        ]
    }

Plan: 2 to add, 3 to change, 1 to destroy.

Changes to Outputs:
  ~ db_endpoint = "main.c1.db.internal:5432" -> (known after apply)
`;

/** Drift and pending changes of every sort: what the stack page is looked at with. */
export function fullPlan(): StackPlan {
  return aPlan({
    status: 'drifted_and_pending',
    changes: [editedTag, movedDatabase, openedGroup, pendingRole, deletedRecord],
    ignored: [
      {
        ...aChange({
          address: 'module.asg.aws_autoscaling_group.web',
          kind: 'aws_autoscaling_group',
          name: 'web',
          severityReason: 'the capacity follows the load',
          attributes: [attribute({ pointer: '/desired_capacity', before: 4, after: 7 })],
        }),
        ignored: {
          reason: 'the autoscaler owns the capacity',
          rule: 'aws_autoscaling_group /desired_capacity',
          until: '2027-06-30',
        },
      },
    ],
    outputs: [
      {
        name: 'db_endpoint',
        action: 'update',
        before: 'main.c1.db.internal:5432',
        after: null,
        sensitive: false,
      },
      { name: 'replica_count', action: 'create', before: null, after: 2, sensitive: false },
    ],
    drift: 4,
    pending: 2,
    severity: 'critical',
    digest: DIGEST,
    tool: { name: 'terraform', version: '1.11.4', source: 'cache' },
    durationsMs: { checkout: 41, init: 812, plan: 3_420, show: 190 },
    warnings: [
      'The argument "instance_tenancy" of aws_vpc is deprecated and will be removed in the next major version.',
    ],
    stateLock: {
      id: '7c1f0c52-58b1-44c1-9a1e-0f4ac6d1f3aa',
      who: 'deploy@ci-runner-07',
      operation: 'OperationTypeApply',
      created: new Date(Date.now() - 1_380_000).toISOString(),
    },
  });
}

/** A plan by its outcome alone, for the stacks that fill a list. */
export function simplePlan(
  outcome: 'in_sync' | 'drifted' | 'pending' | 'drifted_and_pending',
  changes: readonly Change[],
): StackPlan {
  const plan = aPlan({
    status: outcome,
    digest: DIGEST,
    changes: [...changes],
    severity: changes[0]?.severity ?? null,
  });
  plan.drift = changes.filter((change) => change.cause !== 'pending').length;
  plan.pending = changes.filter((change) => change.cause !== 'drift').length;
  return plan;
}
