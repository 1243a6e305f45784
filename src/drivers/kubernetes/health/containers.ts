import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { listAt, numberAt, textAt } from './fields.ts';

/** Where a container's status says that it is, and how it last ended. */
export interface ContainerState {
  name: string;
  isInit: boolean;
  /** Why it does not run, e.g. `CrashLoopBackOff`, `ImagePullBackOff`; null: it isn't waiting. */
  waiting: { reason: string; message: string } | null;
  /** How it ended, if it has and doesn't run again. */
  terminated: Termination | null;
  /** How it ended the time before. */
  lastTerminated: Termination | null;
}

/** How a container ended. */
export interface Termination {
  exitCode: number;
  /** 0: none. */
  signal: number;
  /** e.g. `Error`, `OOMKilled`, `Completed`. */
  reason: string;
  /** What it left as its last words (`terminationMessagePath`), or its last lines. */
  message: string;
}

/** A pod's containers, init containers first. */
export function containersOf(pod: JsonValue): ContainerState[] {
  return [
    ...listAt(pod, 'status', 'initContainerStatuses').map((status) => containerState(status, true)),
    ...listAt(pod, 'status', 'containerStatuses').map((status) => containerState(status, false)),
  ];
}

function containerState(status: JsonObject, isInit: boolean): ContainerState {
  const state = objectAt(status, 'state');
  const waiting = objectAt(state, 'waiting');
  return {
    name: textAt(status, 'name'),
    isInit,
    waiting: waiting && { reason: textAt(waiting, 'reason'), message: textAt(waiting, 'message') },
    terminated: termination(objectAt(state, 'terminated')),
    lastTerminated: termination(objectAt(objectAt(status, 'lastState'), 'terminated')),
  };
}

function termination(value: JsonObject | null): Termination | null {
  return (
    value && {
      exitCode: numberAt(value, ['exitCode']),
      signal: numberAt(value, ['signal']),
      reason: textAt(value, 'reason'),
      message: textAt(value, 'message'),
    }
  );
}

function objectAt(value: JsonObject | null, field: string): JsonObject | null {
  const member = value?.[field];
  return isJsonObject(member) ? member : null;
}

/**
 * Whether a container that waits for this reason won't start by itself soon: Argo CD takes what begins with `Err` or ends in
 * `Error` or `BackOff` for a failure.
 */
export function isFailure(waitingReason: string): boolean {
  return /^Err|(Error|BackOff)$/.test(waitingReason);
}

/** How a container ended, as a clause: `exit code 137 (OOMKilled): <last words>`. */
export function terminationText({ exitCode, signal, reason, message }: Termination): string {
  const how = signal === 0 ? `exit code ${exitCode}` : `signal ${signal}`;
  const why = reason === '' || reason === 'Error' || reason === 'Completed' ? '' : ` (${reason})`;
  return message === '' ? `${how}${why}` : `${how}${why}: ${oneLine(message)}`;
}

/** A text of others as part of a sentence: one line, and not longer than is read. */
export function oneLine(text: string, maxLength = 300): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
