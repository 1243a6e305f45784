import { Readable } from 'node:stream';
import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditRecord } from '../../domain/audit/record.ts';
import { AUDIT_EXPORT_FORMATS, AUDIT_EXPORT_TYPES, exportAudit } from '../../domain/audit/export.ts';
import { seenRecord } from '../../domain/audit/seen-record.ts';
import { mayDo } from '../../domain/permissions.ts';
import type { Person } from '../../domain/person.ts';
import { environmentNamed } from '../../domain/environments.ts';
import type { AuditQuery } from '../../store/control.ts';
import { auditRecords } from '../../store/audit-check.ts';
import { verifyAudit } from '../audit-chain.ts';
import { audit } from '../audit-log.ts';
import { createReport } from '../compliance/report.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentsInForce, requireEnvironment } from '../environments.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { auditJson } from '../json/audit-json.ts';
import { type Routes, typed } from '../route-context.ts';
import {
  auditPageSchema,
  auditReportSchema,
  auditVerificationSchema,
  COMPLIANCE,
  type Compliance,
} from '../schemas/audit.ts';
import { problemSchema } from '../schemas/problem.ts';

const filters = z.object({
  actor: z.string().optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  repo: z.string().optional(),
  stack: z.string().optional(),
  environment: z.string().optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});

const refusals = { 400: problemSchema, 403: problemSchema };

/** The audit log: pages, export, verification, and reports for auditors. */
export const auditRoutes: Routes = (app, context) => {
  readAudit(app, context);
  exportRoutes(app, context);
  proveAudit(app, context);
};

const readAudit: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'Audit records, newest first; `next` is the `before` of the next page',
        querystring: filters.extend({
          before: z.coerce.number().int().min(1).optional(),
          limit: z.coerce.number().int().min(1).max(500).default(100),
        }),
        response: { 200: auditPageSchema, ...refusals },
      },
    },
    async (request) => {
      const { before, limit, ...asked } = request.query;
      const chosen = byName(deps, asked);
      await requirePermission(request, 'audit', scopeOf(chosen));
      const page = { ...queryOf(chosen), limit, ...(before === undefined ? {} : { beforeSeq: before }) };
      const records = await deps.store.audit.newest(page);
      const last = records.length === limit ? records.at(-1) : undefined;
      const asSeen = seenBy(request.person);
      return { records: records.map((record) => auditJson(asSeen(record))), next: last ? last.seq : null };
    },
  );
};

const exportRoutes: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/audit/export',
    {
      schema: {
        tags: ['audit'],
        summary: 'Audit records in their order, as JSON, CSV or one JSON object a line',
        querystring: filters.extend({ format: z.enum(AUDIT_EXPORT_FORMATS).default('json') }),
        response: {
          200: {
            description: 'The records',
            content: {
              'application/json': { schema: z.any() },
              'text/csv': { schema: z.string() },
              'application/x-ndjson': { schema: z.string() },
            },
          },
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const { format, ...asked } = request.query;
      const chosen = byName(deps, asked);
      await requirePermission(request, 'audit', scopeOf(chosen));
      reply
        .type(AUDIT_EXPORT_TYPES[format])
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="audit.${format}"`);
      const records = seenAll(auditRecords(deps.store, queryOf(chosen)), seenBy(request.person));
      return reply.send(Readable.from(exportAudit(records, format)));
    },
  );
};

const proveAudit: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/audit/verify',
    {
      schema: {
        tags: ['audit'],
        summary:
          'Checks the whole chain and its signed heads: finds edits, removals and reordering, and says where',
        response: { 200: auditVerificationSchema, ...refusals },
      },
    },
    async (request) => {
      await requirePermission(request, 'audit', { repo: null, environment: null });
      return await verified(deps, request, () => verifyAudit(deps));
    },
  );
  typed(app).get(
    '/api/audit/report',
    {
      schema: {
        tags: ['audit'],
        summary: 'Controls of SOX, SOC 2 and PCI-DSS with their evidence, and the exceptions',
        querystring: z.object({
          compliance: z
            .string()
            .default(COMPLIANCE.join(','))
            .describe('Frameworks, separated by commas: sox, soc2, pci')
            .transform((text, context) => frameworksOf(text, (issue) => context.addIssue(issue))),
          from: filters.shape.from,
          to: filters.shape.to,
          repo: filters.shape.repo,
          environment: filters.shape.environment.describe('Name or alias'),
        }),
        response: { 200: auditReportSchema, ...refusals, 404: problemSchema },
      },
    },
    async (request) => {
      const { compliance, from, to, repo = null } = request.query;
      const named = request.query.environment;
      const environment =
        named === undefined ? null : (await requireEnvironment(deps, request, named, 'audit')).settings.name;
      await requirePermission(request, 'audit', { repo, environment });
      const report = createReport({
        compliance,
        from: from === undefined ? null : new Date(from).toISOString(),
        to: to === undefined ? null : new Date(to).toISOString(),
        repo,
        environment,
        by: request.person.id,
        at: deps.clock.now().toISOString(),
      });
      const verification = await verified(deps, request, () =>
        verifyAudit(deps, (record) => report.add(record)),
      );
      return report.build(verification);
    },
  );
};

type Filters = z.infer<typeof filters>;

/** An environment by its name, whatever it was called: roles and records know no other. */
function byName(deps: ApiDeps, { environment, ...asked }: Filters): Filters {
  if (environment === undefined) return asked;
  const known = environmentsInForce(deps.settings().published);
  return { ...asked, environment: environmentNamed(known, environment) };
}

/** Records as somebody may see them: whoever may not read all of a repo's sees what concerns their environments. */
function seenBy(person: Person): (record: AuditRecord) => AuditRecord {
  return (record) => {
    const { repo } = record;
    return mayDo(person, 'audit', { repo, environment: null }) === undefined ? record : seenRecord(record);
  };
}

async function* seenAll(
  records: AsyncIterable<AuditRecord>,
  asSeen: (record: AuditRecord) => AuditRecord,
): AsyncGenerator<AuditRecord> {
  for await (const record of records) yield asSeen(record);
}

function scopeOf({ repo, environment }: Filters): { repo: string | null; environment: string | null } {
  return { repo: repo ?? null, environment: environment ?? null };
}

function queryOf({ stack, from, to, ...rest }: Filters): AuditQuery {
  const chosen = Object.entries({
    ...rest,
    stackKey: stack,
    from: from && new Date(from).toISOString(),
    to: to && new Date(to).toISOString(),
  });
  return Object.fromEntries(chosen.filter(([, value]) => value !== undefined));
}

/** That somebody looked, and what they saw, is part of the log. */
async function verified<T extends { ok: boolean; records: number }>(
  deps: ApiDeps,
  request: Parameters<typeof audit>[1],
  look: () => Promise<T>,
): Promise<T> {
  const found = await look();
  await audit(deps, request, {
    action: 'audit.verified',
    result: found.ok ? 'ok' : 'failed',
    details: { records: found.records },
  });
  return found;
}

function frameworksOf(
  text: string,
  addIssue: (issue: { code: 'custom'; message: string }) => void,
): Compliance[] {
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
    // Their usual spellings.
    .map((name) => name.replace(/^pci-?dss$/, 'pci').replace(/^soc-2$/, 'soc2'));
  const unknown = names.filter((name) => !COMPLIANCE.includes(name as Compliance));
  if (unknown.length > 0 || names.length === 0) {
    addIssue({ code: 'custom', message: `must name some of ${COMPLIANCE.join(', ')}` });
  }
  return COMPLIANCE.filter((name) => names.includes(name));
}
