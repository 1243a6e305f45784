import { Option, type Command } from 'commander';
import type { RepoJson, StackJson } from '../api/schemas/repo.ts';
import { ago } from '../util/ago.ts';
import type { ApiClient } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { stackTable } from './stack-table.ts';

interface StatusOptions extends ServerOptions {
  format: 'table' | 'json';
  exitCode?: boolean;
}

/** `plumbline status [repo]`: every stack, what the last scan said of it, and when. */
export function registerStatus(program: Command, io: Io): void {
  withServerOptions(program.command('status'))
    .description('Show every stack and what the last scan said of it')
    .argument('[repo]', 'only this repository')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'))
    .option('--exit-code', `exit with ${EXIT.drift} when a stack has drift`)
    .action(async (repo: string | undefined, options: StatusOptions) => {
      const client = await clientFor(options, io);
      const path = repo === undefined ? '/api/stacks' : `/api/repos/${encodeURIComponent(repo)}/stacks`;
      const { stacks } = await client.get<{ stacks: StackJson[] }>(path);
      if (options.format === 'table') await noteUnreachedGit(client, repo, io);
      if (options.format === 'json') io.out(JSON.stringify({ stacks }, null, 2));
      else if (stacks.length === 0)
        io.note('No stacks are known yet. Scan a repository first: plumbline scan');
      else io.out(stackTable(stacks, io.colors));
      if (options.exitCode && stacks.some((stack) => stack.drift > 0)) process.exitCode = EXIT.drift;
    });
}

/** What is shown is as old as the last commit that could be asked for. */
async function noteUnreachedGit(client: ApiClient, only: string | undefined, io: Io): Promise<void> {
  const { repos } = await client.get<{ repos: RepoJson[] }>('/api/repos');
  for (const { name, git } of repos) {
    if (!git?.failing_since || (only !== undefined && only !== name)) continue;
    const last =
      git.reached_at === null
        ? 'never reached'
        : `last reached ${ago(Date.now() - Date.parse(git.reached_at))}`;
    io.note(`Git of ${name} was ${last}: ${git.error?.message ?? 'it does not answer'}`);
  }
}
