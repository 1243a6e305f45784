import type { FastifyBaseLogger } from 'fastify';
import type { AnchorTrouble } from '../domain/audit/anchor-health.ts';
import type { AuditHead } from '../domain/audit/record.ts';
import type { Settings } from '../domain/settings.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import type { SigningKey } from '../store/signing-key.ts';
import type { Store } from '../store/store.ts';
import type { Metrics } from '../util/metrics.ts';
import type { RecordRefusal } from './identity/require-permission.ts';
import type { PeerCheck } from './peer-user.ts';
import type { StreamLimits } from './stream-slots.ts';
import type { TemporalPort } from './temporal-port.ts';

/** All that the HTTP API needs of its process. */
export interface ApiDeps {
  store: Store;
  artifacts: ArtifactStore;
  temporal: TemporalPort;
  /** The settings in force: asked anew for each request, so a reloaded file takes effect at once. */
  settings: () => Settings;
  /** Number of the published config in force. */
  configVersion: () => number;
  /** A pino logger fits. */
  log: FastifyBaseLogger;
  metrics: Pick<Metrics, 'registry' | 'setStacks' | 'setRunningTasks' | 'setJobs' | 'setAnchorTroubles'>;
  version: string;
  /** Where Temporal's own Web UI is; null when nobody said. */
  temporalUiUrl: string | null;
  /** Folder with the built UI; null, or a folder without `index.html`, serves the API alone. */
  webRoot: string | null;
  clock: Clock;
  /** Signs decisions and emergencies; null, or left out: this server takes none. */
  signingKey?: ApiSigningKey | null;
  /** Vouches for who starts a task, with the key of the workers (see `vouchFor`); left out: nobody does. */
  starterKey?: Uint8Array;
  /** The places where heads of the audit chain stand besides the store. */
  auditAnchors?: () => Promise<readonly AuditAnchorState[]>;
  /** Those of them that fail or lag. */
  anchorTroubles?: () => Promise<readonly AnchorTrouble[]>;
  /** Writes refused attempts down; left out: nobody does. */
  onRefused?: RecordRefusal;
  /** Names under which the local user commits, such as an email address. */
  localAliases?: readonly string[];
  /** Whose program is at the other end of a connection inside this machine; left out: asked of the system. */
  peerUser?: PeerCheck;
  /** How the keys of identity providers are kept; tests shorten the pause. */
  jwks?: { pauseMs?: number };
  /** Whether requests get spans: the process has a tracer. */
  traced?: boolean;
  timing?: Partial<ApiTiming>;
  /** How many event streams may be open at once; a server has its own bounds where none are given. */
  streamLimits?: StreamLimits;
}

/** An anchor of the audit chain as it was found. */
export interface AuditAnchorState {
  name: string;
  /** Whether it is beyond the reach of who owns this machine and its database. */
  outside: boolean;
  /** Each with its place as `anchor`; null: this kind of place can't be read back. */
  heads: readonly AuditHead[] | null;
  /** Why it could not be read. */
  error: string | null;
}

/** What the API needs of the decisions' key. */
export type ApiSigningKey = Pick<SigningKey, 'sign' | 'verify'>;

/** Where the time comes from. */
export interface Clock {
  now(): Date;
}

/** How long the API waits for what. The defaults suit people; tests shorten them. */
export interface ApiTiming {
  /** How long a scan request waits for the list of jobs. */
  discoveryMs: number;
  /** How long a new trigger waits for the scan that it cancelled. */
  cancelMs: number;
  /** How long a refused scan request waits for the running task to appear in the store. */
  activeTaskMs: number;
  /** Pause between two looks at the store while waiting. */
  pollMs: number;
  /** Pause between two looks at a task that somebody follows. */
  feedMs: number;
  /** Pause between two comments that keep an event stream open. */
  heartbeatMs: number;
  /** Longest age of dashboard data. */
  dashboardMs: number;
  /** Longest age of what health says of Temporal. */
  healthMs: number;
}

export const DEFAULT_TIMING: ApiTiming = {
  discoveryMs: 10_000,
  cancelMs: 20_000,
  activeTaskMs: 2_000,
  pollMs: 50,
  feedMs: 250,
  heartbeatMs: 15_000,
  dashboardMs: 250,
  healthMs: 1_000,
};

/** The timing of this process: the defaults, with what was given instead. */
export function timingOf(deps: ApiDeps): ApiTiming {
  return { ...DEFAULT_TIMING, ...deps.timing };
}
