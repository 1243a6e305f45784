import { causeWords, SEVERITIES, type Severity } from '../change.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { JsonValue } from '../json.ts';
import { OUTPUT_TYPE } from './outputs.ts';
import type { DriftReport, ReportChange, ReportStack } from './report.ts';

/** Comments of the usual Git hosts end at 65,536 characters. */
const MAX_CHARS = 60_000;
const MAX_VALUE_CHARS = 160;
const MAX_ATTRIBUTES = 20;
const MAX_ROWS = 100;
const MAX_EMERGENCIES = 20;
const MAX_PROBLEMS = 10;
/** Less room than this is not worth a stack's details. */
const MIN_DETAILS_CHARS = 600;

const ICONS: Readonly<Record<Severity, string>> = { critical: '🟥', high: '🟧', medium: '🟨', low: '⬜' };

/**
 * A report to be read in a pull request: a summary, a table of the stacks, and a diff per stack. What would not fit is
 * left out, worst first kept, and the text says how much that is. Values are shown as code, so they can't format anything.
 */
export function reportMarkdown(report: DriftReport, limits: { maxChars?: number } = {}): string {
  const maxChars = limits.maxChars ?? MAX_CHARS;
  const head = [...summary(report), ...emergencySection(report), ...stackTable(report.stacks)].join('\n');
  const tail = [...ignoredSection(report), ...ruleSection(report)].join('\n');
  const details: string[] = [];
  let room = maxChars - head.length - tail.length - 200;
  const stacks = stacksWithDetails(report);
  for (const stack of stacks) {
    if (room < MIN_DETAILS_CHARS) break;
    const text = stackDetails(stack, report, room);
    details.push(text);
    room -= text.length + 1;
  }
  const left = stacks.length - details.length;
  const note =
    left > 0
      ? `\n_Details of ${count(left, 'more stack')} are left out; the JSON report has them all._\n`
      : '';
  const text = `${[head, ...details].join('\n')}${note}${tail && `\n${tail}`}`;
  return `${text.slice(0, maxChars - 1).trimEnd()}\n`;
}

function summary(report: DriftReport): string[] {
  const found = report.drift_detected
    ? `${count(report.total_changes, 'change')} in ${count(new Set(report.changes.map((change) => change.stack)).size, 'stack')}`
    : report.outputs.length > 0
      ? `${count(report.outputs.length, 'changed output')}, no changed resource`
      : 'no changes';
  const failed = report.stacks.filter((stack) => stack.error !== null || isFailed(stack)).length;
  const commit = report.commit === '' ? '' : ` at ${code(report.commit.slice(0, 12))}`;
  return [
    `## Drift report: ${escape(report.repo)}`,
    '',
    `**${found}**${failed > 0 ? `, ${count(failed, 'stack')} without a result` : ''}${commit}, task ${code(report.task)}.`,
    '',
    `| ${SEVERITIES.map((severity) => `${ICONS[severity]} ${severity}`).join(' | ')} | drift | pending |`,
    '|---:|---:|---:|---:|---:|---:|',
    `| ${SEVERITIES.map((severity) => report.changes_by_severity[severity]).join(' | ')} | ${report.changes_by_cause.drift + report.changes_by_cause.both} | ${sum(report.stacks.map((stack) => stack.pending))} |`,
    '',
  ];
}

/** First of all: nobody has looked at these before they were applied. */
function emergencySection({ emergencies }: DriftReport): string[] {
  if (emergencies.length === 0) return [];
  const rows = emergencies
    .slice(0, MAX_EMERGENCIES)
    .map(
      (one) =>
        `| ${one.at} | ${code(one.stack)} | ${escape(one.by ?? '')} | ${escape(clip(one.reason ?? '', 300))} | ${one.status.replaceAll('_', ' ')} |`,
    );
  const more = emergencies.length - MAX_EMERGENCIES;
  return [
    `### 🚨 Applied in an emergency, without approvals (${emergencies.length})`,
    '',
    '| When | Stack | Ordered by | Why | Result |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    ...(more > 0 ? [`_and ${more} more_`, ''] : []),
  ];
}

function stackTable(stacks: readonly ReportStack[]): string[] {
  const notable = stacks.filter((stack) => stack.status !== 'in_sync');
  const clean = stacks.length - notable.length;
  const note = clean > 0 ? [`${count(clean, 'stack')} in sync.`, ''] : [];
  if (notable.length === 0) return note;
  const rows = notable.slice(0, MAX_ROWS).map((stack) => {
    const severity = stack.severity === null ? '' : `${ICONS[stack.severity]} ${stack.severity}`;
    return `| ${code(stack.key)} | ${stack.kind} | ${stack.status.replaceAll('_', ' ')} | ${stack.drift} | ${stack.pending} | ${severity} |`;
  });
  const more =
    notable.length > MAX_ROWS ? [`_and ${count(notable.length - MAX_ROWS, 'more stack')}_`, ''] : [];
  return [
    '| Stack | Kind | Status | Drift | Pending | Severity |',
    '|---|---|---|---:|---:|---|',
    ...rows,
    '',
    ...more,
    ...note,
  ];
}

function isFailed(stack: ReportStack): boolean {
  return stack.status === 'errored' || stack.status === 'unknown';
}

/** Stacks that have something to tell, in the order of their worst change; failures come first. */
function stacksWithDetails(report: DriftReport): ReportStack[] {
  const rank = (stack: ReportStack): number =>
    isFailed(stack) ? -1 : stack.severity === null ? SEVERITIES.length : SEVERITIES.indexOf(stack.severity);
  return report.stacks
    .filter(({ error, drift, pending, problems }) => error !== null || drift + pending > 0 || problems)
    .sort((a, b) => rank(a) - rank(b));
}

/** A stack's failure and its changes, as many as there is room for. */
function stackDetails(stack: ReportStack, report: DriftReport, room: number): string {
  const changes = report.changes.filter((change) => change.stack === stack.key);
  const own = new Set(
    changes.flatMap((change) => (change.resource_type === OUTPUT_TYPE ? change.resource_name : [])),
  );
  const outputs = report.outputs.filter((output) => output.stack === stack.key && !own.has(output.name));
  const lines = [`### ${code(stack.key)}`, ''];
  if (stack.error && !stack.problems)
    lines.push(`Failed: ${code(stack.error.code)} ${escape(clip(stack.error.message, 300))}`, '');
  if (stack.problems) lines.push(...problemList(stack.problems), '');
  if (stack.unstable_plan)
    lines.push(
      `Unstable plan, two in a row differ: ${stack.unstable_plan.slice(0, MAX_ROWS).map(code).join(', ')}`,
      '',
    );
  const diffs = [
    ...changes.map((change) => changeDiff(change).join('\n')),
    ...outputs.map((output) => `# output ${oneLine(output.name)}: ${output.action}`),
  ];
  let left = room - lines.join('\n').length - 100;
  const shown = diffs.slice(0, MAX_ROWS).filter((diff) => {
    left -= diff.length + 1;
    return left >= 0;
  });
  if (shown.length > 0) lines.push(fenced(shown.join('\n')), '');
  if (diffs.length > shown.length)
    lines.push(`_and ${count(diffs.length - shown.length, 'more change')}_`, '');
  return lines.join('\n');
}

function problemList(problems: NonNullable<ReportStack['problems']>): string[] {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length - shown.length;
  return [
    'Not everything could be planned, so that nothing is applied:',
    ...shown.map(({ address, message }) => `- ${code(address)}: ${escape(clip(message, 300))}`),
    ...(more > 0 ? [`- _and ${more} more_`] : []),
  ];
}

function changeDiff(change: ReportChange): string[] {
  const facts = [
    change.action,
    causeWords(change.cause),
    ...changedByFact(change),
    `${change.severity}: ${change.severity_reason}`,
  ];
  const moved = change.moved_from === null ? '' : `, from ${oneLine(change.moved_from)}`;
  const lines = [`# ${oneLine(change.address)} (${facts.join(', ')}${moved})`];
  for (const attribute of change.attributes.slice(0, MAX_ATTRIBUTES)) {
    const forces = change.replaced_because.includes(attribute.pointer) ? '  # forces a replacement' : '';
    lines.push(`- ${oneLine(attribute.pointer)}: ${shortJson(attribute.before)}`);
    lines.push(
      `+ ${oneLine(attribute.pointer)}: ${attribute.unknown ? '(known after apply)' : shortJson(attribute.after)}${forces}`,
    );
  }
  const more = change.attributes.length - MAX_ATTRIBUTES;
  if (more > 0) lines.push(`# and ${count(more, 'more attribute')}`);
  return lines;
}

function changedByFact({ changed_by: [who] = [] }: ReportChange): string[] {
  if (who === undefined) return [];
  return [`changed by ${oneLine(who.manager)}${who.at === null ? '' : ` at ${who.at}`}`];
}

function ignoredSection(report: DriftReport): string[] {
  if (report.ignored.length === 0) return [];
  const rows = report.ignored
    .slice(0, 30)
    .map(
      (change) =>
        `| ${code(change.stack)} | ${code(change.address)} | ${escape(clip(change.ignored.reason, 200))} | ${change.ignored.until ?? ''} |`,
    );
  const more = report.ignored.length > 30 ? [`_and ${report.ignored.length - 30} more_`, ''] : [];
  return [
    `### Ignored (${report.ignored.length})`,
    '',
    '| Stack | Resource | Reason | Until |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...more,
  ];
}

function ruleSection(report: DriftReport): string[] {
  const line = (what: string, rules: DriftReport['ignore_rules']['expired']): string[] =>
    rules.length === 0
      ? []
      : [
          `Ignore rules that ${what}: ${rules
            .slice(0, 20)
            .map((rule) => code(rule.rule))
            .join(', ')}`,
          '',
        ];
  return [
    ...line('have expired', report.ignore_rules.expired),
    ...line('matched nothing', report.ignore_rules.unused),
  ];
}

function shortJson(value: JsonValue): string {
  return clip(typeof value === 'string' ? JSON.stringify(value) : canonicalJson(value), MAX_VALUE_CHARS);
}

function clip(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** A block whose fence is longer than any run of backticks in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), (match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}diff\n${text}\n${fence}`;
}

function code(text: string): string {
  const plain = clip(oneLine(text), 200).replaceAll('|', '\\|');
  return plain.includes('`') ? `\`\` ${plain.replaceAll('``', "''")} \`\`` : `\`${plain}\``;
}

function escape(text: string): string {
  return oneLine(text).replaceAll(/[\\`*_{}[\]<>#|~@]/g, (char) =>
    char === '@' ? '@\u200b' : char === '<' ? '&lt;' : `\\${char}`,
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
