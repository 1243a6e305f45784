import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startGitHttpServer, type GitHttpServer } from './git-http.ts';
import { aSite, type Site } from './plumbline.ts';
import { commitFiles } from './stacks-repo.ts';
import { providerMirror, temporalBinary } from './tools.ts';

const run = promisify(execFile);

/** Each secret is different, so that a leak says which one it was. */
export const CANARY = {
  state: 'canary-state-4f1d7a09c2',
  variable: 'canary-variable-a8e35b61d0',
  workerVariable: 'canary-worker-6c0f92d7b4',
  gitUrl: 'canary-giturl-93b0c7e4f8',
  gitToken: 'canary-gittoken-17c6ad0b95',
  refusedToken: 'canary-refused-2be8f4a371',
  apiToken: 'canary-apitoken-5d27e9f163',
};

const DATABASE = `
terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
  backend "local" {
    path = "__STATE__"
  }
}
variable "password" {
  type      = string
  sensitive = true
}
resource "jsonfile_object" "database" {
  path     = "__LIVE__"
  content  = { owner = "team" }
  secret   = var.password
}
`;

const APP = `
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "login" {
  input = var.password
}
`;

/** Terraform itself prints the secret: the variable is not declared as one. */
const TALKATIVE = `
variable "password" {
  type = string
}
variable "login_token" {
  type = string
}
resource "terraform_data" "refused" {
  lifecycle {
    precondition {
      condition     = length(var.password) > 1000
      error_message = "The password is too short: \${var.password}, for the token \${var.login_token}"
    }
  }
}
`;

/** A config full of secrets, with the servers that it needs. */
export interface CanarySite {
  site: Site;
  /** What Plumbline's processes need in their environment. */
  env: Record<string, string>;
  /** Folders of Plumbline's own: nothing in them may be readable. */
  folders: string[];
  /** The Git servers, by the repository that each is asked for. */
  git: Record<'infra' | 'private' | 'locked', GitHttpServer>;
  remove(): Promise<void>;
}

/**
 * Three repositories of the same files: `infra` with a secret in its URL, `private` with a token, and `locked`, whose server
 * refuses the token and repeats it. Their stacks: `db` (drifted; nobody is asked when it is synced), `app`, and `talkative`,
 * which fails with the secret in Terraform's message.
 */
export async function aCanarySite(): Promise<CanarySite> {
  const site = await aSite({});
  const { cliConfigPath } = await providerMirror();
  await makeStacks(site, cliConfigPath);
  const git = await startGitServers(site.dir);
  const folders = { cache: join(site.dir, 'cache'), tmp: join(site.dir, 'tmp') };
  await mkdir(folders.tmp);
  await site.configure({
    repos: [
      { name: 'infra', url: git.infra.url('work', { credentials: true }) },
      {
        name: 'private',
        url: git.private.url('work'),
        git: { type: 'https', https_token_env: 'GIT_TOKEN' },
        schedule: '@yearly',
      },
      {
        name: 'locked',
        url: git.locked.url('work'),
        git: { type: 'https', https_token_env: 'REFUSED_TOKEN' },
      },
    ],
    auth: { tokens: [{ name: 'tests', role: 'admin', hash: `sha256:${sha256(CANARY.apiToken)}` }] },
    environments: [{ name: 'databases', paths: ['db'], policy: { approvals: { required: 0 } } }],
    scan: { env: { TF_VAR_password: { from_env: 'DB_PASSWORD' }, TF_CLI_CONFIG_FILE: cliConfigPath } },
    toolchain: { temporal: { path: await temporalBinary() } },
  });
  return {
    site,
    env: {
      DB_PASSWORD: CANARY.variable,
      // Known to nobody but the tools.
      TF_VAR_login_token: CANARY.workerVariable,
      GIT_TOKEN: CANARY.gitToken,
      REFUSED_TOKEN: CANARY.refusedToken,
      LOG_LEVEL: 'debug',
      PLUMBLINE_CACHE_DIR: folders.cache,
      TMPDIR: folders.tmp,
    },
    folders: [site.dataDir, folders.cache, folders.tmp],
    git,
    remove: async () => {
      for (const server of Object.values(git)) await server.close();
      await site.remove();
    },
  };
}

/** The stacks in a repository, with `db` applied and then changed behind Terraform's back. */
async function makeStacks(site: Site, cliConfigPath: string): Promise<void> {
  const work = join(site.dir, 'work');
  const live = join(site.dir, 'live', 'database.json');
  await mkdir(join(site.dir, 'live'));
  await mkdir(join(site.dir, 'state'));
  await commitFiles(work, {
    'db/main.tf': DATABASE.replace('__STATE__', join(site.dir, 'state', 'db.tfstate')).replace(
      '__LIVE__',
      live,
    ),
    'app/main.tf': APP,
    'talkative/main.tf': TALKATIVE,
  });
  const env = {
    ...process.env,
    TF_CLI_CONFIG_FILE: cliConfigPath,
    TF_VAR_password: CANARY.state,
    TF_DATA_DIR: join(site.dir, 'tf'),
  };
  const cwd = join(work, 'db');
  await run('terraform', ['init', '-input=false'], { cwd, env });
  await run('terraform', ['apply', '-auto-approve', '-input=false'], { cwd, env });
  await writeFile(live, JSON.stringify({ ...JSON.parse(await readFile(live, 'utf8')), owner: 'somebody' }));
}

async function startGitServers(root: string): Promise<CanarySite['git']> {
  const user = 'x-access-token';
  return {
    infra: await startGitHttpServer({ root, user, password: CANARY.gitUrl }),
    private: await startGitHttpServer({ root, user, password: CANARY.gitToken }),
    locked: await startGitHttpServer({
      root,
      user,
      password: 'another',
      intercept: ({ headers }, response) => {
        const { authorization } = headers;
        if (authorization === undefined) return false;
        const login = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
        response.writeHead(403, { 'content-type': 'text/plain' });
        response.end(`Go away, ${login} (${authorization})\n`);
        return true;
      },
    }),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
