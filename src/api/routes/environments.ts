import { LIVE_STATUSES } from '../../domain/approvals/approval.ts';
import { z } from 'zod';
import type { Person } from '../../domain/person.ts';
import {
  knownEnvironments,
  type KnownEnvironment,
  reposOf,
  requireEnvironment,
  seenEnvironments,
} from '../environments.ts';
import type { ApiDeps } from '../deps.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { holdJson, policyJson } from '../json/environment-json.ts';
import { type Routes, typed } from '../route-context.ts';
import { seenHolds, type Sight, sightOf } from '../sight.ts';
import {
  environmentDetailSchema,
  type EnvironmentDetailJson,
  type EnvironmentJson,
  environmentsSchema,
} from '../schemas/environment.ts';
import { problemSchema } from '../schemas/problem.ts';

const WAITING_SHOWN = 5_000;

/** Environments with their policy, their stacks and what holds them. */
export const environmentRoutes: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/environments',
    {
      schema: {
        tags: ['environments'],
        summary: 'Environments in their order of syncing, with policy, counts and holds',
        response: { 200: environmentsSchema, 403: problemSchema },
      },
    },
    async (request) => {
      await requirePermission(request, 'read', { repo: null, environment: null });
      const seen = seenEnvironments(deps, request.person, await knownEnvironments(deps));
      const facts = await readFacts(deps, request.person);
      return { environments: seen.map((known) => environmentJson(deps, known, facts)) };
    },
  );
  typed(app).get(
    '/api/environments/:name',
    {
      schema: {
        tags: ['environments'],
        summary: 'An environment, by name or alias, with its stacks',
        params: z.object({ name: z.string() }),
        response: { 200: environmentDetailSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { person } = request;
      const known = await requireEnvironment(deps, request, request.params.name);
      const [seen = known] = seenEnvironments(deps, person, [known]);
      return detailJson(deps, seen, await readFacts(deps, person));
    },
  );
};

interface Facts {
  sight: Sight;
  waiting: Awaited<ReturnType<ApiDeps['store']['approvals']['list']>>;
  holds: Awaited<ReturnType<ApiDeps['store']['holds']['active']>>;
}

async function readFacts(deps: ApiDeps, person: Person): Promise<Facts> {
  const { store } = deps;
  const sight = sightOf(deps, person);
  const [waiting, active] = await Promise.all([
    store.approvals.list({ statuses: LIVE_STATUSES, limit: WAITING_SHOWN }),
    store.holds.active(),
  ]);
  return { sight, waiting, holds: await seenHolds(deps, sight, person, active) };
}

function environmentJson(deps: ApiDeps, known: KnownEnvironment, facts: Facts): EnvironmentJson {
  const { settings, stacks } = known;
  const hold = facts.holds.find(({ scope, name }) => scope === 'environment' && name === settings.name);
  return {
    name: settings.name,
    aliases: [...settings.aliases],
    order: settings.order,
    repos: reposOf(deps, known).filter((repo) => facts.sight.place({ repo, environment: settings.name })),
    stacks: stacks.length,
    drifted: stacks.filter(({ drift }) => drift > 0).length,
    pending: stacks.filter(({ pending }) => pending > 0).length,
    waiting: stacks.filter((stack) => approvalOf(stack, facts)?.status === 'waiting').length,
    policy: policyJson(settings.policy),
    hold: hold ? holdJson(hold, facts.sight) : null,
  };
}

async function detailJson(
  deps: ApiDeps,
  known: KnownEnvironment,
  facts: Facts,
): Promise<EnvironmentDetailJson> {
  const repos = [...new Set(known.stacks.map(({ repo }) => repo))];
  const syncs = (await Promise.all(repos.map((repo) => deps.store.syncs.list(repo)))).flat();
  const own = new Set(known.stacks.map(({ repo, key }) => `${repo}/${key}`));
  return {
    ...environmentJson(deps, known, facts),
    members: known.stacks.map((stack) => {
      const sync = syncs.find(({ repo, stackKey }) => repo === stack.repo && stackKey === stack.key);
      return {
        repo: stack.repo,
        stack: stack.key,
        path: stack.path,
        kind: stack.kind,
        status: stack.status,
        drift: stack.drift,
        pending: stack.pending,
        severity: stack.severity,
        commit: stack.commit,
        scanned_at: stack.scannedAt,
        synced_commit: sync?.commit ?? null,
        synced_at: sync?.at ?? null,
        approval: approvalOf(stack, facts)?.status ?? null,
      };
    }),
    holds: facts.holds
      .filter(
        ({ scope, repo, name }) =>
          (scope === 'environment' && name === known.settings.name) ||
          (scope === 'repo' && repos.includes(repo ?? '')) ||
          (scope === 'stack' && own.has(`${repo}/${name}`)),
      )
      .map((hold) => holdJson(hold, facts.sight)),
  };
}

/** The approval that is open for a stack. */
function approvalOf(
  stack: { repo: string; key: string },
  { waiting }: Facts,
): Facts['waiting'][number] | undefined {
  return waiting.find(({ repo, stackKey }) => repo === stack.repo && stackKey === stack.key);
}
