import { describe, expect, it } from 'vitest';
import type { TaskJson } from '../api/schemas/task.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ApiClient } from './api-client.ts';
import { processIo, type Io } from './io.ts';
import { scanOnServer, type ServerScan } from './scan-on-server.ts';

const aTask = (repo: string, changes: Partial<TaskJson> = {}): TaskJson => ({
  id: `${repo}:1`,
  repo_name: repo,
  status: 'completed',
  total: 1,
  queued: 0,
  running: 0,
  completed: 1,
  failed: 0,
  drifted: 0,
  errored: 0,
  live_drifted: 0,
  pending: 0,
  kind: 'scan',
  trigger: 'cli',
  commit: '',
  actor: '',
  stack: null,
  started_at: '2026-01-01T00:00:00.000Z',
  ended_at: '2026-01-01T00:00:01.000Z',
  error: null,
  ...changes,
});

/** A server of these repos; a busy one refuses scans. */
function aServer(tasks: readonly TaskJson[], busy: readonly string[] = []): ApiClient {
  const taskOf = (path: string) => tasks.find(({ repo_name }) => path.includes(repo_name))!;
  const answer = (path: string): unknown => {
    if (path === '/api/repos') return { repos: tasks.map(({ repo_name: name }) => ({ name })) };
    if (path.includes('format=sarif')) return { version: '2.1.0', runs: [{ of: taskOf(path).repo_name }] };
    if (path.includes('format=json')) return { repo: taskOf(path).repo_name, changes: [] };
    return taskOf(path);
  };
  return {
    baseUrl: 'http://server',
    get: async <T>(path: string) => answer(path) as T,
    getText: async (path) => `# ${taskOf(path).repo_name}`,
    post: async <T>(path: string) => {
      const task = taskOf(path);
      if (busy.includes(task.repo_name)) throw new PlumblineError('http_409', `${task.repo_name} is busy.`);
      return { jobs: ['j'], task, message: 'Job enqueued' } as T;
    },
    stream: async () => {
      throw new Error('a scan is followed by its counts');
    },
    delete: async () => {
      throw new Error('a scan deletes nothing');
    },
  };
}

function aTerminal(): Io & { printed: string[]; notes: string[] } {
  const printed: string[] = [];
  const notes: string[] = [];
  return {
    ...processIo(),
    printed,
    notes,
    out: (text) => void printed.push(text),
    note: (text) => void notes.push(text),
    progress: () => undefined,
    progressDone: () => undefined,
  };
}

const all: ServerScan = { repo: undefined, stack: undefined, commit: undefined, wait: true, format: 'json' };

describe('scanOnServer', () => {
  it('prints one JSON document about all repositories, in the same shape when there is only one', async () => {
    for (const names of [['infra', 'network'], ['infra']]) {
      const io = aTerminal();
      await scanOnServer(aServer(names.map((name) => aTask(name))), all, io);
      expect(io.printed).toHaveLength(1);
      expect(JSON.parse(io.printed[0]!)).toMatchObject({
        drift_detected: false,
        total_changes: 0,
        reports: names.map((repo) => ({ repo })),
      });
    }
  });

  it('prints the report itself of a repository that was named', async () => {
    const io = aTerminal();
    await scanOnServer(aServer([aTask('infra'), aTask('network')]), { ...all, repo: 'network' }, io);
    expect(JSON.parse(io.printed.join(''))).toEqual({ repo: 'network', changes: [] });
  });

  it('prints one SARIF log with a run for each repository', async () => {
    const io = aTerminal();
    await scanOnServer(aServer([aTask('infra'), aTask('network')]), { ...all, format: 'sarif' }, io);
    expect(JSON.parse(io.printed.join(''))).toEqual({
      version: '2.1.0',
      runs: [{ of: 'infra' }, { of: 'network' }],
    });
  });

  it('scans the others when one repository is busy, says so, and counts as failed', async () => {
    const io = aTerminal();
    const server = aServer([aTask('infra'), aTask('network', { live_drifted: 1 })], ['infra']);
    expect(await scanOnServer(server, all, io)).toEqual({ failed: true, drifted: true });
    expect(io.notes.join('\n')).toContain('infra is busy');
    expect(JSON.parse(io.printed.join(''))).toMatchObject({ reports: [{ repo: 'network' }] });
  });

  it('throws what the server says when nothing could be started', async () => {
    const server = aServer([aTask('infra')], ['infra']);
    await expect(scanOnServer(server, all, aTerminal())).rejects.toThrow('infra is busy');
    await expect(scanOnServer(server, { ...all, repo: 'infra' }, aTerminal())).rejects.toThrow(
      'infra is busy',
    );
  });
});
