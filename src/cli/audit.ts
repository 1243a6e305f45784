import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { AuditPageJson, AuditReportJson, AuditVerificationJson } from '../api/schemas/audit.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { type ListFormat, printList, withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';

interface FilterOptions extends ServerOptions {
  actor?: string;
  action?: string;
  repo?: string;
  stack?: string;
  environment?: string;
  from?: string;
  to?: string;
}

interface FileOptions {
  output?: string;
}

/** `plumbline audit list|verify|export|report`. */
export function registerAudit(program: Command, io: Io): void {
  const audit = program.command('audit').description('Read and check the audit log, and report on it');
  withFilters(withFormat(withServerOptions(audit.command('list'))))
    .description('List audit records, newest first')
    .option('--limit <n>', 'how many', '50')
    .action((options: FilterOptions & { format: ListFormat; limit: string }) => list(options, io));
  withFormat(withServerOptions(audit.command('verify')))
    .description(
      `Check the whole chain: exits with ${EXIT.error} when something was edited, removed or moved`,
    )
    .action((options: ServerOptions & { format: ListFormat }) => verify(options, io));
  withFilters(withServerOptions(audit.command('export')))
    .description('Export audit records in their order')
    .addOption(new Option('--format <format>', 'how').choices(['json', 'csv', 'ndjson']).default('json'))
    .option('--output <file>', 'into this file instead of standard output')
    .action(async (options: FilterOptions & FileOptions & { format: string }) => {
      const client = await clientFor(options, io);
      const query = new URLSearchParams({ ...chosen(options), format: options.format });
      await write(await client.getText(`/api/audit/export?${query}`), options, io);
    });
  withServerOptions(audit.command('report'))
    .description('Report for SOX, SOC 2 and PCI-DSS: each control with its evidence, and the exceptions')
    .option('--compliance <names>', 'sox, soc2, pci, separated by commas; all of them by default')
    .option('--repo <name>', 'only what concerns this repository')
    .option('--environment <name>', 'only what concerns this environment')
    .option('--from <time>', 'from this time on (ISO 8601)')
    .option('--to <time>', 'up to this time (ISO 8601)')
    .option('--output <file>', 'into this file instead of standard output')
    .action((options: FilterOptions & FileOptions & { compliance?: string }) => report(options, io));
}

/** Fetches a compliance report as JSON and writes it to a file or to standard output. */
export async function report(
  options: Omit<FilterOptions, 'stack'> & FileOptions & { compliance?: string },
  io: Io,
): Promise<void> {
  const client = await clientFor(options, io);
  const query = new URLSearchParams({
    ...(options.compliance ? { compliance: options.compliance } : {}),
    ...(options.from ? { from: options.from } : {}),
    ...(options.to ? { to: options.to } : {}),
    ...(options.repo ? { repo: options.repo } : {}),
    ...(options.environment ? { environment: options.environment } : {}),
  });
  const made = await client.get<AuditReportJson>(`/api/audit/report?${query}`);
  await write(`${JSON.stringify(made, null, 2)}\n`, options, io);
  io.note(`${made.summary.records} records, ${made.summary.exceptions} exceptions.`);
}

function withFilters(command: Command): Command {
  return command
    .option('--actor <who>', 'only of this person')
    .option('--action <action>', 'only these, e.g. decision.approved')
    .option('--repo <name>', 'only of this repository')
    .option('--stack <key>', 'only of this stack')
    .option('--environment <name>', 'only of this environment')
    .option('--from <time>', 'from this time on (ISO 8601)')
    .option('--to <time>', 'up to this time (ISO 8601)');
}

function chosen(options: FilterOptions): Record<string, string> {
  const { actor, action, repo, stack, environment, from, to } = options;
  const given = Object.entries({ actor, action, repo, stack, environment, from, to });
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function list(options: FilterOptions & { format: ListFormat; limit: string }, io: Io): Promise<void> {
  const client = await clientFor(options, io);
  const query = new URLSearchParams({ ...chosen(options), limit: options.limit });
  const page = await client.get<AuditPageJson>(`/api/audit?${query}`);
  printList(io, options.format, {
    json: page,
    head: ['SEQ', 'AT', 'ACTOR', 'ACTION', 'RESULT', 'REPO', 'STACK', 'REASON', 'SOURCE'],
    rows: page.records.map((record) => [
      String(record.seq),
      record.at,
      record.actor,
      record.action,
      record.result,
      record.repo ?? '-',
      record.stack ?? '-',
      record.reason || '-',
      record.source,
    ]),
    empty: 'There is no such record.',
  });
}

async function verify(options: ServerOptions & { format: ListFormat }, io: Io): Promise<void> {
  const client = await clientFor(options, io);
  const found = await client.get<AuditVerificationJson>('/api/audit/verify');
  if (options.format === 'json') io.out(JSON.stringify(found, null, 2));
  else {
    io.out(
      `${found.ok ? 'Whole' : 'NOT WHOLE'}: ${found.records} records, signed up to ${found.signed_to ?? 0}`,
    );
    if (found.anchored_to === null) io.out('Nothing outside this machine confirms it.');
    for (const anchor of found.anchors) io.out(anchorText(anchor));
    for (const fault of found.faults) io.out(`${fault.seq}: ${fault.message}`);
  }
  if (!found.ok) process.exitCode = EXIT.error;
}

/** `Anchor s3 audit at https://…: confirms up to 120`. */
function anchorText({
  name,
  outside,
  readable,
  confirmed_to: confirmed,
  written_to: written,
  error,
}: AuditVerificationJson['anchors'][number]): string {
  const where = outside ? 'Anchor' : 'Not outside:';
  if (error !== null) return `${where} ${name}: could not be read: ${error}`;
  if (!readable) return `${where} ${name}: written up to ${written ?? 'nothing yet'}; it can't be read back`;
  return `${where} ${name}: ${confirmed === null ? 'confirms nothing yet' : `confirms up to ${confirmed}`}`;
}

async function write(text: string, { output }: FileOptions, io: Io): Promise<void> {
  if (output === undefined) return io.out(text);
  await writeFile(output, text);
  io.note(`Written to ${output}.`);
}
