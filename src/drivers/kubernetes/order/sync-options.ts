/** What sync options say, Argo CD's words for Plumbline's own rules. */
export interface SyncOptions {
  /** Whether the object may be deleted when Git no longer has it; `confirm`: only with people's approval. */
  prune: 'yes' | 'no' | 'confirm';
  /** Whether the object may be deleted together with its whole stack. */
  delete: 'yes' | 'no' | 'confirm';
  pruneLast: boolean;
  prunePropagation: 'Foreground' | 'Background' | 'Orphan';
  /** The object is replaced (or created) as a whole instead of applied. Wins over `serverSideApply`. */
  replace: boolean;
  /** What can't be changed in place may be deleted and created anew. */
  force: boolean;
  /** On by default, unlike in Argo CD: server-side apply is how Plumbline plans (ADR 0011). */
  serverSideApply: boolean;
  /** Unknown and duplicate fields are an error. */
  validate: boolean;
  skipDryRunOnMissingResource: boolean;
  /** Always so in Plumbline, which never writes a clean object; kept for what the stack's definition says. */
  applyOutOfSyncOnly: boolean;
  respectIgnoreDifferences: boolean;
  createNamespace: boolean;
  failOnSharedResource: boolean;
  clientSideApplyMigration: boolean;
}

/** What holds where nobody says anything: Argo CD's defaults but for server-side apply and clean objects. */
export const DEFAULT_SYNC_OPTIONS: Readonly<SyncOptions> = {
  prune: 'yes',
  delete: 'yes',
  pruneLast: false,
  prunePropagation: 'Foreground',
  replace: false,
  force: false,
  serverSideApply: true,
  validate: true,
  skipDryRunOnMissingResource: false,
  applyOutOfSyncOnly: true,
  respectIgnoreDifferences: false,
  createNamespace: false,
  failOnSharedResource: true,
  clientSideApplyMigration: true,
};

interface OptionRule {
  field: keyof SyncOptions;
  values: Readonly<Record<string, string | boolean>>;
  /** It makes no sense for one object alone. */
  stackOnly?: boolean;
}

const ON_OFF = { true: true, false: false };
const CONSENT = { true: 'yes', false: 'no', confirm: 'confirm' };

/** Argo CD's names (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/); case counts, as it does there. */
const OPTION_RULES: Readonly<Record<string, OptionRule>> = {
  Prune: { field: 'prune', values: CONSENT },
  Delete: { field: 'delete', values: CONSENT },
  PruneLast: { field: 'pruneLast', values: ON_OFF },
  PrunePropagationPolicy: {
    field: 'prunePropagation',
    values: { foreground: 'Foreground', background: 'Background', orphan: 'Orphan' },
  },
  Replace: { field: 'replace', values: ON_OFF },
  Force: { field: 'force', values: ON_OFF },
  ServerSideApply: { field: 'serverSideApply', values: ON_OFF },
  Validate: { field: 'validate', values: ON_OFF },
  SkipDryRunOnMissingResource: { field: 'skipDryRunOnMissingResource', values: ON_OFF },
  ApplyOutOfSyncOnly: { field: 'applyOutOfSyncOnly', values: ON_OFF, stackOnly: true },
  RespectIgnoreDifferences: { field: 'respectIgnoreDifferences', values: ON_OFF },
  CreateNamespace: { field: 'createNamespace', values: ON_OFF, stackOnly: true },
  FailOnSharedResource: { field: 'failOnSharedResource', values: ON_OFF, stackOnly: true },
  ClientSideApplyMigration: { field: 'clientSideApplyMigration', values: ON_OFF, stackOnly: true },
};

/** Options that were understood, and a sentence for each that was not. */
export interface ParsedSyncOptions {
  options: Partial<SyncOptions>;
  problems: string[];
}

/**
 * Reads options such as `Prune=false`; of one named twice the last counts.
 * @param of whether they stand on a stack or on one object: some make sense only for a stack
 */
export function parseSyncOptions(texts: readonly string[], of: 'stack' | 'object'): ParsedSyncOptions {
  const options: Partial<SyncOptions> = {};
  const problems: string[] = [];
  for (const text of texts.map((text) => text.trim()).filter((text) => text !== '')) {
    const [name = '', value = ''] = text.split('=', 2).map((part) => part.trim());
    const rule = Object.hasOwn(OPTION_RULES, name) ? OPTION_RULES[name] : undefined;
    if (rule === undefined) problems.push(`the sync option ${quoted(text)} is not known`);
    else if (!Object.hasOwn(rule.values, value)) {
      problems.push(
        `the sync option ${quoted(text)} is not understood: ${name} is one of ${Object.keys(rule.values).join(', ')}`,
      );
    } else if (rule.stackOnly === true && of === 'object') {
      problems.push(`the sync option ${name} counts for a whole stack only and is left out here`);
    } else Object.assign(options, { [rule.field]: rule.values[value] });
  }
  return { options, problems };
}

/** A value as it is shown in a warning: quoted, and not longer than a line. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
