import { blindArgument } from '../terraform/environment.ts';
import { attributeOf, scanHcl, type HclItems } from '../terraform/hcl-scan.ts';
import { strings } from './unit-file.ts';

/**
 * An argument that `extra_arguments` of a file give to every plan (or apply), by `arguments` or `env_vars`, and that would make
 * it blind; undefined when there is none. Local values of the same file are followed; what only Terragrunt can work out isn't.
 */
export function blindExtraArgument(text: string, command: 'plan' | 'apply'): string | undefined {
  const file = scanHcl(text);
  const locals = file.blocks
    .filter(({ type }) => type === 'locals')
    .flatMap(({ body }) => scanHcl(body).attributes);
  const localText = (name: string) => locals.find((local) => local.name === name)?.expression ?? '';
  return file.blocks
    .filter(({ type }) => type === 'terraform')
    .flatMap(({ body }) => scanHcl(body).blocks.filter(({ type }) => type === 'extra_arguments'))
    .map(({ body }) => scanHcl(body))
    .filter((items) => isFor(command, attributeOf(items, 'commands'), localText))
    .flatMap((items) => given(items, command).map((expression) => withLocals(expression, localText)))
    .flatMap(strings)
    .map((argument) => blindArgument(argument.slice(1, -1)))
    .find((found) => found !== undefined);
}

/** The expressions whose strings a command gets as arguments. */
function given(items: HclItems, command: string): string[] {
  const variables = (attributeOf(items, 'env_vars') ?? '').replace(/^\{|\}$/g, '');
  const set = scanHcl(variables.replaceAll(/^([\s,]*)"(\w+)"/gm, '$1$2')).attributes;
  return [
    attributeOf(items, 'arguments') ?? '',
    ...set
      .filter(({ name }) => ['TF_CLI_ARGS', `TF_CLI_ARGS_${command}`].includes(name))
      .map(({ expression }) => expression),
  ];
}

/** An expression, followed by those of the local values that it names, directly or through others. */
function withLocals(expression: string, localText: (name: string) => string): string {
  const seen = new Set<string>();
  let text = expression;
  for (let part = expression; part !== '';) {
    const names = Array.from(part.matchAll(/\blocal\.([\w-]+)/g), ([, name]) => name!).filter(
      (name) => !seen.has(name),
    );
    for (const name of names) seen.add(name);
    part = names.map(localText).join('\n');
    text += `\n${part}`;
  }
  return text;
}

/** Commands that are worked out by a function may name this one. */
function isFor(command: string, commands: string | undefined, localText: (name: string) => string): boolean {
  const all = commands === undefined ? '(' : withLocals(commands, localText);
  return all.includes('(') || strings(all).includes(`"${command}"`);
}
