import type { DecisionVerb, TemporalPort } from '../../src/api/temporal-port.ts';
import { repoWorkflowId } from '../../src/domain/ids.ts';
import type { TaskKind } from '../../src/domain/task.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import type {
  ApprovalStateJson,
  DecisionMessage,
  RepoRequest,
  ScanRepoInput,
  UnlockStackInput,
  UnlockStackResult,
} from '../../src/workflows/inputs.ts';
import type { InspectStackInput, InspectStackResult } from '../../src/workflows/inspect-inputs.ts';

/** A stand-in for our own port to Temporal: one workflow per repo, as the real one has it. */
export interface ScriptedTemporal extends TemporalPort {
  started: ScanRepoInput[];
  requested: { repo: string; request: RepoRequest }[];
  decided: { repo: string; key: string; verb: DecisionVerb; message: DecisionMessage }[];
  /** What becomes of a decision; by default it is the only one that was needed. */
  onDecide: (message: DecisionMessage, verb: DecisionVerb) => ApprovalStateJson | Promise<ApprovalStateJson>;
  unlocked: UnlockStackInput[];
  /** What a look at a lock finds; by default none. */
  onUnlock: (input: UnlockStackInput) => UnlockStackResult | Promise<UnlockStackResult>;
  inspected: InspectStackInput[];
  /** What a look at a stack does; by default nothing is found. */
  onInspect: (input: InspectStackInput) => InspectStackResult | Promise<InspectStackResult>;
  /** Approvals that were told that it may be their turn, as `repo/key`. */
  woken: string[];
  cancelled: { repo: string; runId: string }[];
  /** Repos whose workflow is running; a scan's unless said otherwise. */
  running: Map<string, { runId: string; startedAt: string; kind?: TaskKind }>;
  /** What happens right after a start, e.g. what a worker would do. */
  onStart: (input: ScanRepoInput) => void | Promise<void>;
  /** What happens on a cancel; by default the workflow ends at once. */
  onCancel: (repo: string) => void | Promise<void>;
  /** Makes every call fail as when no server answers. */
  down: boolean;
  workers: { queue: string; pollers: number }[];
}

const NO_LOCK: UnlockStackResult = {
  lock: null,
  attempt: null,
  releasable: false,
  released: false,
  why: 'Nobody holds the lock of the state.',
};

/** Makes one with nothing running. */
export function scriptedTemporal(): ScriptedTemporal {
  const self: ScriptedTemporal = {
    started: [],
    requested: [],
    decided: [],
    onDecide: ({ digest, by }, verb) => ({
      approval_id: 'approval-1',
      digest,
      status: verb === 'approve' ? 'approved' : verb === 'reject' ? 'rejected' : 'waiting',
      approved_by: verb === 'approve' ? [by] : [],
      rejected_by: verb === 'reject' ? [by] : [],
      missing: [],
      expires_at: null,
      refused: null,
    }),
    woken: [],
    cancelled: [],
    running: new Map(),
    onStart: () => {},
    onCancel: (repo) => void self.running.delete(repo),
    down: false,
    workers: [{ queue: 'plumbline', pollers: 1 }],
    startScan: async (input) => {
      refuseWhenDown(self);
      if (self.running.has(input.repo)) throw new PlumblineError('scan_in_progress', 'running already');
      const runId = `run-${self.started.length + 1}`;
      self.started.push(input);
      self.running.set(input.repo, { runId, startedAt: new Date().toISOString() });
      setImmediate(() => void self.onStart(input));
      return { workflowId: repoWorkflowId(input.repo), runId };
    },
    request: async (repo, request) => {
      refuseWhenDown(self);
      self.requested.push({ repo, request });
      return { workflowId: repoWorkflowId(repo), runId: `request-${self.requested.length}` };
    },
    decide: async (repo, key, verb, message) => {
      refuseWhenDown(self);
      self.decided.push({ repo, key, verb, message });
      return await self.onDecide(message, verb);
    },
    unlocked: [],
    onUnlock: () => ({ ...NO_LOCK }),
    unlock: async (input) => {
      refuseWhenDown(self);
      self.unlocked.push(input);
      return await self.onUnlock(input);
    },
    inspected: [],
    onInspect: () => ({ at: new Date().toISOString(), resources: 0, orphans: null }),
    inspect: async (input) => {
      refuseWhenDown(self);
      self.inspected.push(input);
      return await self.onInspect(input);
    },
    wakeApproval: async (repo, key) => {
      refuseWhenDown(self);
      self.woken.push(`${repo}/${key}`);
    },
    cancelRun: async (repo, runId) => {
      refuseWhenDown(self);
      self.cancelled.push({ repo, runId });
      if (self.running.get(repo)?.runId === runId) await self.onCancel(repo);
    },
    describeRepo: async (repo) => {
      refuseWhenDown(self);
      const run = self.running.get(repo);
      if (!run) return undefined;
      return { workflowId: repoWorkflowId(repo), running: true, kind: 'scan', firstRunId: run.runId, ...run };
    },
    health: async () => ({
      ok: !self.down,
      address: 'temporal.test:7233',
      message: self.down ? 'no connection' : '',
      workers: self.workers,
    }),
  };
  return self;
}

function refuseWhenDown(self: ScriptedTemporal): void {
  if (self.down) {
    throw new PlumblineError('temporal_unavailable', 'Temporal at temporal.test:7233 does not answer', {
      retryable: true,
    });
  }
}
