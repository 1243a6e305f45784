import { isIpRange } from '../../util/ip-ranges.ts';
import { z, type ZodType } from 'zod';
import { parseListenAddr } from '../listen-addr.ts';
import { artifactsSchema, redisSchema, storeSchema, telemetrySchema, temporalSchema } from './connections.ts';
import { approvalsSchema, commitsSchema } from './approvals.ts';
import { auditSchema } from './audit.ts';
import { driftMonitoringSchema } from './drift-monitoring.ts';
import { environmentSchema } from './environments.ts';
import { checkedText, localPath } from './leaf.ts';
import { authSchema } from './people.ts';
import { discoverySchema, repoSchema } from './repo.ts';
import { ignoreRuleSchema, severitySchema } from './rules.ts';
import { scanSchema, toolchainSchema, workerSchema } from './tools.ts';

/** The options schema of each driver, by kind: handed in, so that the config knows no driver. */
export type DriverSchemas = Readonly<Record<string, ZodType>>;

const sections = {
  data_dir: localPath
    .prefault('./data')
    .describe('Folder for everything that is kept. Relative to the current folder.'),
  listen_addr: checkedText(parseListenAddr)
    .prefault(':8080')
    .describe('Address of the UI and the API, `host:port`; `:8080` is every address of the machine.'),
  trusted_proxies: z
    .array(z.string().refine(isIpRange, { error: 'must be an IP address or a range such as 10.0.7.0/28' }))
    .default([])
    .describe(
      'Reverse proxies whose `X-Forwarded-For` is believed when the audit log, the server’s log and the limit on wrong tokens name where a request comes from: addresses and ranges. Name the proxies alone: a client whose own address is in a range can claim any other. It never makes a request more trusted.',
    ),
  public_names: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, {
          error: 'must be a host name without scheme and port',
        })
        .toLowerCase(),
    )
    .default([])
    .describe(
      'Names under which browsers reach this server, such as `plumbline.example.com`. With `auth: none`, changes that a browser sends to another name are refused (DNS rebinding); addresses and names without a dot need not be listed.',
    ),
  redis: redisSchema,
  worker: workerSchema,
  git: z
    .strictObject({
      allow_local: z.boolean().default(false).describe('Allow local paths and `file://` as repository URLs.'),
    })
    .prefault({})
    .describe('Git, for all repositories.'),
  repos: z.array(repoSchema).default([]).describe('The repositories.'),
  temporal: temporalSchema,
  store: storeSchema,
  artifacts: artifactsSchema,
  discovery: discoverySchema
    .prefault({})
    .describe('Where to look for stacks in repositories that list none.'),
  toolchain: toolchainSchema,
  scan: scanSchema,
  ignore: z
    .array(ignoreRuleSchema)
    .default([])
    .describe('Known differences that are shown, but not counted.'),
  severity: severitySchema,
  environments: z
    .array(environmentSchema)
    .default([])
    .describe(
      'Named sets of stacks with one policy each, in the order in which a stack looks for its own. Without any: the folders `k8s/<name>`, `terraform/<name>`, `terraform/environments/<name>`, `envs/<name>` and the branch `<name>`, with the default policy.',
    ),
  drift_monitoring: driftMonitoringSchema,
  approvals: approvalsSchema,
  audit: auditSchema,
  commits: commitsSchema,
  auth: authSchema,
  telemetry: telemetrySchema,
};

/** The schema of the whole file: types, defaults, documentation and faults all come from here. */
export function configSchema(drivers: DriverSchemas = {}) {
  const options = Object.fromEntries(
    Object.entries(drivers)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, schema]) => [kind, schema.optional().describe(`Options of the ${kind} driver.`)]),
  );
  return z
    .strictObject({
      ...sections,
      drivers: z.strictObject(options).prefault({}).describe('Options of the drivers, by kind.'),
    })
    .describe('Configuration of Plumbline.');
}

/** The config as it is written. */
export type ConfigInput = z.input<ReturnType<typeof configSchema>>;

/** The config with defaults, limits checked and texts read. */
export type ParsedConfig = z.output<ReturnType<typeof configSchema>>;
