import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const run = promisify(execFile);

/** Notes and delays plans; see the script. */
export const NOTING_TERRAFORM = fileURLToPath(new URL('./noting-terraform.sh', import.meta.url));

/** A Terraform root module that needs no provider: planned from nothing, it is pending. */
function terraformDataStack(input: string): string {
  return `terraform {\n  backend "local" {}\n}\nresource "terraform_data" "this" {\n  input = ${JSON.stringify(input)}\n}\n`;
}

/** Makes a Git repository with these files at its first commit, and returns the commit. */
export async function commitFiles(
  dir: string,
  files: Record<string, string>,
  message = 'Add stacks',
): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const identity = [
      '-c',
      'user.name=tests',
      '-c',
      'user.email=tests@example.com',
      '-c',
      'commit.gpgsign=false',
    ];
    return (await run('git', [...identity, ...args], { cwd: dir })).stdout.trim();
  };
  await mkdir(dir, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  await git('add', '--all');
  await git('commit', '--quiet', '--message', message);
  return await git('rev-parse', 'HEAD');
}

/** `count` stacks that need no provider: `stacks/s00`, `stacks/s01`, … */
export function manyStacks(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `stacks/s${String(index).padStart(2, '0')}/main.tf`,
      terraformDataStack(`stack ${index}`),
    ]),
  );
}
