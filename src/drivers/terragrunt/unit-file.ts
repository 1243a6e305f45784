import { posix } from 'node:path';
import { attributeOf, literalString, scanHcl, type HclItems } from '../terraform/hcl-scan.ts';
import { isLocalSource } from '../terraform/module-facts.ts';

export const UNIT_FILE = 'terragrunt.hcl';

/** A `dependency` block. */
export interface UnitDependency {
  /** Folder relative to the repository's root. */
  path: string;
  /** Names of its mock outputs; undefined when it has none that a plan may use. */
  mocks: string[] | undefined;
  /** Mocks are used whatever the state holds (`skip_outputs`), or mixed with it. */
  mixing: 'never' | 'merged' | 'always';
}

/** What can be read of a unit's `terragrunt.hcl` without evaluating it. */
export interface UnitFacts {
  hasInclude: boolean;
  hasSource: boolean;
  /** The repository's folder that `terraform.source` names, when it names one. */
  localSource: string | undefined;
  dependencies: UnitDependency[];
  /** Folders of `dependencies.paths`. */
  orderOnly: string[];
  versionConstraint: string | undefined;
}

/** Reads a unit file. @param path the unit's folder, relative to the repository's root */
export function readUnit(path: string, text: string): UnitFacts {
  const items = scanHcl(text);
  const blocks = (type: string) => items.blocks.filter((block) => block.type === type);
  const source = blocks('terraform')
    .map((block) => attributeOf(scanHcl(block.body), 'source'))
    .find((expression) => expression !== undefined);
  return {
    hasInclude: blocks('include').length > 0,
    hasSource: source !== undefined,
    localSource: source === undefined ? undefined : repoFolder(path, source),
    dependencies: blocks('dependency').flatMap((block) => toDependency(path, scanHcl(block.body))),
    orderOnly: blocks('dependencies').flatMap((block) =>
      strings(attributeOf(scanHcl(block.body), 'paths')).flatMap((item) => repoFolder(path, item) ?? []),
    ),
    versionConstraint: literalString(attributeOf(items, 'terragrunt_version_constraint')),
  };
}

function toDependency(path: string, items: HclItems): UnitDependency[] {
  const folder = repoFolder(path, attributeOf(items, 'config_path') ?? '');
  if (folder === undefined) return [];
  const allowed = attributeOf(items, 'mock_outputs_allowed_terraform_commands');
  const mocks = attributeOf(items, 'mock_outputs');
  const usable =
    mocks !== undefined && (allowed === undefined || strings(allowed).some((item) => item === '"plan"'));
  const strategy = literalString(attributeOf(items, 'mock_outputs_merge_strategy_with_state'));
  const merged =
    (strategy !== undefined && strategy !== 'no_merge') ||
    attributeOf(items, 'mock_outputs_merge_with_state') === 'true';
  const always = attributeOf(items, 'skip_outputs') === 'true';
  return [
    {
      path: folder,
      mocks: usable
        ? scanHcl(mocks.replace(/^\{|\}$/g, '')).attributes.map((attribute) => attribute.name)
        : undefined,
      mixing: always ? 'always' : merged ? 'merged' : 'never',
    },
  ];
}

/** The quoted strings of an expression's source text, quotes included. */
export function strings(expression: string | undefined): string[] {
  return expression?.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
}

/** The folder that an expression names; undefined for what can't be told without evaluating it. */
function repoFolder(unit: string, expression: string): string | undefined {
  const text = expression
    .replace(/^get_repo_root\(\)$/, '"${get_repo_root()}"')
    .replaceAll(/\$\{\s*(get_terragrunt_dir|get_original_terragrunt_dir)\(\)\s*\}/g, '.')
    .replaceAll(/\$\{\s*(get_repo_root|get_path_to_repo_root)\(\)\s*\}/g, posix.relative(unit, '.') || '.');
  const plain = literalString(text)?.replace(/\?.*$/, '').replace('//', '/');
  if (plain === undefined || !(isLocalSource(plain) || plain.startsWith('./'))) return undefined;
  const folder = posix.join(unit, plain).replace(/\/(terragrunt\.hcl)?$/, '');
  return folder === '..' || folder.startsWith('../') ? undefined : folder;
}
