import type { RawChange } from '../../domain/change.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { ArtifactRef } from '../../domain/plan.ts';
import type { StateLock } from '../../domain/stack.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { DriverPlan } from '../driver.ts';
import { planChanges, planOutputs } from './changes.ts';
import { localsOfPlan } from './outputs/locals.ts';
import { planBasis } from './plan-basis.ts';
import { installedModules } from './installed-modules.ts';
import { planIdentity } from './identity.ts';
import { readPlanFile } from './plan-file.ts';
import { maskPlan, maskTexts, planSecrets } from './plan-secrets.ts';
import { planWarnings } from './plan-warnings.ts';
import type { Planned } from './plan-steps.ts';
import type { Session } from './session.ts';
import type { BackendRecord } from './state-lock.ts';

/** What is known about a plan besides the plan. */
export interface PlanFacts {
  backend: BackendRecord | undefined;
  lockFile: string | null;
  sources: Record<string, string>;
  stateLock: StateLock | null;
  warnings: string[];
  mockOutputs: boolean;
  extra?: JsonObject;
}

/**
 * A finished plan as the pipeline takes it: changes and outputs masked, artifacts stored, the identity put together.
 * @throws PlumblineError `artifact_failed`
 */
export async function toDriverPlan(
  session: Session,
  planned: Planned,
  facts: PlanFacts,
): Promise<DriverPlan> {
  const { context, tool, redact } = session;
  const { plan } = planned;
  const secrets = planSecrets(plan);
  for (const secret of secrets) session.addSecret(secret);
  const hide = (value: JsonValue) => maskTexts(value, secrets, redact);
  const identity = planIdentity(
    {
      repo: context.repo,
      stack: { key: context.stack.key, path: context.stack.path, workspace: context.stack.workspace },
      tool: { name: tool.name, version: tool.version },
      planFile: readPlanFile(planned.binary),
      backend: facts.backend,
      lockFile: facts.lockFile,
      sources: facts.sources,
      modules: await installedModules(session.cwd, session.env['TF_DATA_DIR'] ?? '.terraform'),
      ...(facts.extra === undefined ? {} : { extra: facts.extra }),
    },
    plan,
  );
  return {
    changes: planChanges(plan).map((change) => hideTexts(change, hide)),
    outputs: planOutputs(plan, localsOfPlan(planned.binary)).map((output) => ({
      ...output,
      before: hide(output.before),
      after: hide(output.after),
    })),
    tool: { name: tool.name, version: tool.version, source: tool.source },
    durationsMs: session.durationsMs,
    warnings: [...facts.warnings, ...planWarnings(plan).map(redact)],
    stateLock: facts.stateLock,
    artifacts: await storeArtifacts(session, planned, JSON.stringify(maskPlan(plan, secrets, redact))),
    basis: planBasis(plan, facts.mockOutputs),
    identity,
  };
}

function hideTexts(change: RawChange, hide: (value: JsonValue) => JsonValue): RawChange {
  const { drift } = change;
  return {
    ...change,
    before: hide(change.before),
    after: hide(change.after),
    ...(drift === undefined
      ? {}
      : { drift: { ...drift, before: hide(drift.before), after: hide(drift.after) } }),
    attributes: change.attributes.map((attribute) => ({
      ...attribute,
      before: hide(attribute.before),
      after: hide(attribute.after),
    })),
  };
}

async function storeArtifacts(session: Session, planned: Planned, masked: string): Promise<ArtifactRef[]> {
  const { artifacts, recall } = session.context;
  try {
    const refs = await Promise.all([
      artifacts('plan_text', session.redact(planned.text)),
      artifacts('plan_json', masked),
      artifacts('plan_json_raw', planned.jsonText),
      artifacts('plan_binary', planned.binary),
    ]);
    const raw = refs.find((ref) => ref.kind === 'plan_json_raw');
    if (raw !== undefined && planned.madeFrom !== undefined) await recall?.remember(raw, planned.madeFrom);
    return refs;
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    throw new PlumblineError('artifact_failed', 'The plan was made, but its artifacts could not be stored.', {
      cause: error,
      retryable: true,
    });
  }
}
