import { posix } from 'node:path';
import type { PlumblineError } from '../../../util/errors.ts';
import type { RenderSession } from './render-session.ts';
import { sourceFault } from './source-fault.ts';

const MAX_MESSAGE = 1_000;
const HOW: Readonly<Record<string, (folder: string) => string>> = {
  kustomize: (folder) => `\`kubectl kustomize ${folder}\` in a checkout shows the same.`,
  helm: (folder) => `\`helm template ${folder}\` in a checkout shows the same.`,
  jsonnet: () => '`jsonnet` in a checkout shows the same.',
};

/** What a program has made of a folder. */
export interface Made {
  /** YAML documents. */
  text: string;
  warnings: string[];
}

/** The error of a program that could not render a folder: which file, what it said, and how to see it oneself. */
export function toolFailure(
  { context, redact }: RenderSession,
  {
    tool,
    stderr,
    folder,
    known,
  }: { tool: string; stderr: string; folder: string; known: ReadonlySet<string> },
): PlumblineError {
  const said = relativePaths(stderr, context.workTree);
  const { file, line } = placeIn(said, folder, known);
  return sourceFault({
    file,
    line,
    summary: `${tool} can't render it: ${plain(redact(said))}`,
    detail: HOW[tool]?.(folder) ?? '',
  });
}

/** What a program that did its work warns of, once each. */
export function toolWarnings({ context, redact }: RenderSession, stderr: string, folder: string): string[] {
  const warnings = relativePaths(stderr, context.workTree)
    .split('\n')
    .flatMap((line) => /^(?:#\s*)?warning:\s*(.+)/i.exec(line)?.[1]?.trim() ?? []);
  return [...new Set(warnings)].map((warning) => `${folder}: ${redact(warning).slice(0, MAX_MESSAGE)}`);
}

function relativePaths(text: string, workTree: string): string {
  return text.replaceAll(`${workTree}/`, '').replaceAll(workTree, '.');
}

function plain(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^(?:error|Error|RUNTIME ERROR):\s*/, '').trim())
    .filter((line) => line !== '' && !/^(?:#|W\d{4}|WARNING|Use --debug)/.test(line));
  return lines.join('; ').slice(0, MAX_MESSAGE) || 'it gave no reason';
}

/**
 * The file that a message names last, which is the innermost one: of the files that were read, since programs name files by
 * the folder that they were given, by the root, or by a chart's name. The folder where it names none of them.
 */
export function placeIn(
  text: string,
  folder: string,
  known: ReadonlySet<string>,
): { file: string; line: number | null } {
  const named = text.matchAll(/([\w@+./-]*[\w@+-]\.\w+)(?::(\d+))?/g);
  for (const [, path = '', line] of [...named].reverse()) {
    const inChart = path.slice(path.indexOf('/') + 1);
    const file = [path, posix.join(folder, path), posix.join(folder, inChart)]
      .map((candidate) => posix.normalize(candidate))
      .find((candidate) => known.has(candidate));
    if (file !== undefined) return { file, line: line === undefined ? lineIn(text) : Number(line) };
  }
  return { file: folder, line: null };
}

function lineIn(text: string): number | null {
  const found = /\byaml: line (\d+)/.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
