import type { Command } from 'commander';
import type { ResourcesJson } from '../api/schemas/resources.ts';
import { keyPath } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { type ListFormat, withFormat } from './print.ts';
import { resourceTree } from './resource-tree.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';

interface TreeOptions extends ServerOptions {
  format: ListFormat;
  orphans?: boolean;
  look: boolean;
}

/** `plumbline tree <repo> <stack>`: what a stack has, live. */
export function registerTree(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('tree')))
    .description('Show what a stack has on its cluster, how that does and why')
    .argument('<repo>', 'repository name')
    .argument('<stack>', 'stack key, e.g. apps/shop')
    .option('--orphans', 'also what nobody declared in its namespaces')
    .option('--no-look', 'as it was last seen, without looking at the cluster')
    .action(async (repo: string, stack: string, options: TreeOptions) => {
      const client = await clientFor(options, io);
      const query = new URLSearchParams({
        ...(options.orphans ? { orphans: 'true' } : {}),
        ...(options.look ? {} : { look: 'false' }),
      });
      const path = `/api/resources/${encodeURIComponent(repo)}/${keyPath(stack)}?${query}`;
      const found = await client.get<ResourcesJson>(path);
      if (options.format === 'json') io.out(JSON.stringify(found, null, 2));
      else if (found.at !== null) io.out(resourceTree(found, io.colors));
      for (const note of found.notes) io.note(`note: ${note}`);
      const { problem, at } = found;
      if (problem === null && at !== null) return;
      io.note(problem?.message ?? 'Nothing is known of this stack yet: scan it first.');
      if (at !== null) io.note(`This is as of ${at}, ${found.age_seconds} s ago.`);
      // What is shown is not what is.
      process.exitCode = EXIT.error;
    });
}
