import type { Command } from 'commander';
import type { MeJson } from '../api/schemas/environment.ts';
import type { Io } from './io.ts';
import { type ListFormat, withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';

/** `plumbline whoami`: who the server takes the caller for. */
export function registerWhoami(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('whoami')))
    .description('Show who the server takes you for, and your roles')
    .action(async (options: ServerOptions & { format: ListFormat }) => {
      const me = await (await clientFor(options, io)).get<MeJson>('/api/me');
      if (options.format === 'json') return io.out(JSON.stringify(me, null, 2));
      io.out(`${me.id} (${me.kind}, by ${me.via})`);
      if (me.teams.length > 0) io.out(`Teams: ${me.teams.join(', ')}`);
      for (const { role, repos, environments } of me.roles) {
        const where = [...placesOf('repos', repos), ...placesOf('environments', environments)];
        io.out(`Role:  ${role}${where.length === 0 ? '' : ` (${where.join('; ')})`}`);
      }
    });
}

function placesOf(word: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${word} ${names.join(', ')}`];
}
