import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, type Site } from './plumbline.ts';
import { commitFiles } from './stacks-repo.ts';

const HALTING_TERRAFORM = fileURLToPath(new URL('./halting-terraform.sh', import.meta.url));

/** Where a tool is caught; see the script. */
export type Moment = 'replan' | 'apply' | 'applied';

/** A call of the tool, as the tool itself noted it. */
interface Note {
  what: 'begin' | 'halt' | 'end' | 'overlap';
  command: string;
}

/** A site with one stack that has something to apply, whose tool is caught at a moment. */
export interface HaltingSite {
  /** Waits until the tool is there. */
  halted(): Promise<void>;
  /** Lets it go on. */
  go(): Promise<void>;
  /** How often the tool was started with a command. */
  times(command: string): Promise<number>;
  /** Commands that began while an apply of the same stack was alive, as the processes themselves saw it. */
  overlaps(): Promise<string[]>;
}

/** Configures a site: the repo `infra` with the stack `envs/prod`, which may be applied without approvals. */
export async function aHaltingSite(site: Site, moment: Moment | 'never'): Promise<HaltingSite> {
  const log = join(site.dir, 'calls.log');
  const goFile = join(site.dir, 'go');
  const state = join(site.dir, 'live', 'terraform.tfstate');
  await commitFiles(join(site.dir, 'repo'), {
    'envs/prod/main.tf': `terraform {\n  backend "local" {\n    path = "${state}"\n  }\n}\nresource "terraform_data" "this" {\n  input = "new"\n}\n`,
  });
  await writeFile(log, '');
  await site.configure({
    repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
    environments: [
      {
        name: 'production',
        paths: ['envs/prod/**'],
        policy: { approvals: { required: 0, destroys: false } },
      },
    ],
    worker: { lock_ttl: '2m', renew_every: '10s' },
    toolchain: { terraform: { path: HALTING_TERRAFORM } },
    scan: { env: { HALT_AT: moment, HALT_LOG: log, HALT_GO: goFile } },
  });
  const notes = async (): Promise<Note[]> =>
    (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [what, , command = ''] = line.split(' ');
        return { what: what as Note['what'], command };
      });
  return {
    halted: async () => {
      await eventually(`the tool halts at ${moment}`, async () =>
        (await notes()).some(({ what }) => what === 'halt'),
      );
    },
    go: async () => await writeFile(goFile, ''),
    times: async (command) =>
      (await notes()).filter((note) => note.what === 'begin' && note.command === command).length,
    overlaps: async () =>
      (await notes()).filter(({ what }) => what === 'overlap').map(({ command }) => command),
  };
}
