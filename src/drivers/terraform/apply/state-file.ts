import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { PlumblineError } from '../../../util/errors.ts';
import { parseExactJson } from '../../../util/exact-json.ts';
import type { StateBackup } from '../../driver-results.ts';
import { jsonPart } from '../json-part.ts';
import { runTool, type Session } from '../session.ts';

/** Which snapshot of which state. */
export interface StateVersion {
  lineage: string;
  serial: number;
}

/** A state as the backend has it. */
export interface PulledState extends StateVersion {
  text: string;
}

/** The serial at the head of a state file: before anything that holds braces. */
const SERIAL = /^(\s*\{[^{}[\]]*?"serial"\s*:\s*)(\d+)/;

/**
 * Fetches the present state, without taking its lock.
 * @returns undefined when there is none yet
 * @throws PlumblineError `state_unreadable`, and those of `runTool`
 */
export async function pullState(session: Session): Promise<PulledState | undefined> {
  const pulled = await runTool(session, ['state', 'pull'], { step: 'state', data: true });
  if (pulled.exitCode !== 0 || pulled.truncated) {
    const why = pulled.truncated
      ? 'it is larger than 256 MiB'
      : session.redact(pulled.stderr.trim()).slice(-1000);
    throw new PlumblineError('state_unreadable', `The state can't be fetched: ${why}`, {
      retryable: !pulled.truncated,
    });
  }
  const text = jsonPart(pulled.stdout);
  // Without a state nothing is printed but, by OpenTofu, warnings.
  if (!text.startsWith('{')) return undefined;
  const version = stateVersion(text);
  // What some backends give for no state at all.
  return version.serial === 0 && version.lineage === '' ? undefined : { text, ...version };
}

/** @throws PlumblineError `state_unreadable` when the text is no state of format 4 */
export function stateVersion(text: string): StateVersion {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new PlumblineError('state_unreadable', 'The state is not JSON.', { cause: error });
  }
  if (
    !isJsonObject(state) ||
    state['version'] !== 4 ||
    typeof state['serial'] !== 'number' ||
    typeof state['lineage'] !== 'string'
  )
    throw new PlumblineError(
      'state_unreadable',
      'This is no state of format 4, which Terraform since 0.12 writes.',
    );
  return { lineage: state['lineage'], serial: state['serial'] };
}

/**
 * The same state with another serial. The text is changed in that one place only: read and written as JSON, large numbers
 * in attributes would lose digits.
 * @throws PlumblineError `state_unreadable`
 */
export function withSerial(text: string, serial: number): string {
  const changed = text.replace(SERIAL, `$1${serial}`);
  if (stateVersion(changed).serial === serial) return changed;
  throw new PlumblineError('state_unreadable', 'The state has its serial not where Terraform writes it.');
}

/** What a state says of the world, without its number: equal for two snapshots that say the same. Holds secrets. */
export function stateContent(state: PulledState): JsonValue {
  const { outputs, resources } = parseExactJson(state.text) as Record<string, JsonValue>;
  return { lineage: state.lineage, outputs: outputs ?? {}, resources: resources ?? [] };
}

/** Stores a state, encrypted. */
export async function keepState(session: Session, state: PulledState | undefined): Promise<StateBackup> {
  if (state === undefined) return { content: null, lineage: '', serial: 0 };
  const content = await session.context.artifacts('state', state.text);
  return { content, lineage: state.lineage, serial: state.serial };
}
