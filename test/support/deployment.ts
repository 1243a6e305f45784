import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the image keeps of the last stage of the Dockerfile. */
export interface Image {
  user: string;
  workdir: string;
  env: Record<string, string>;
  volumes: string[];
  entrypoint: string[];
  cmd: string[];
  /** The shell lines that were run, in order. */
  runs: string[];
  copies: { from: string | null; sources: string[]; target: string }[];
}

/** A service of docker-compose.yml, its merge keys resolved. */
export interface ComposeService {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

/** docker-compose.yml as compose reads it. */
export interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}

/** A file of the checkout. */
export function readProjectFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

export function readCompose(): Compose {
  return parse(readProjectFile('docker-compose.yml'), { merge: true }) as Compose;
}

/** Reads what the Dockerfile's last stage says; it uses each instruction in one form only. */
export function readImage(): Image {
  const stages = instructionsOf(readProjectFile('Dockerfile'));
  const last = stages.slice(stages.findLastIndex(([name]) => name === 'FROM'));
  const all = (name: string) => last.filter(([found]) => found === name).map(([, rest]) => rest);
  const list = (name: string) => JSON.parse(all(name).at(-1) ?? '[]') as string[];
  return {
    user: all('USER').at(-1) ?? 'root',
    workdir: all('WORKDIR').at(-1) ?? '/',
    env: Object.fromEntries(all('ENV').flatMap((line) => line.split(/\s+/).map(pair))),
    volumes: list('VOLUME'),
    entrypoint: list('ENTRYPOINT'),
    cmd: list('CMD'),
    runs: all('RUN'),
    copies: all('COPY').map(copyOf),
  };
}

/** Name and rest of each instruction, its continued lines joined. */
function instructionsOf(text: string): [string, string][] {
  const joined = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ');
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const end = line.indexOf(' ');
      return [line.slice(0, end), line.slice(end + 1).trim()];
    });
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

function copyOf(line: string): Image['copies'][number] {
  const words = line.split(/\s+/);
  const from = words[0]?.startsWith('--from=') === true ? words.shift()!.slice('--from='.length) : null;
  return { from, sources: words.slice(0, -1), target: words.at(-1)! };
}
