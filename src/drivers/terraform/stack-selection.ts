import { matchesPathGlob } from '../../domain/glob.ts';
import { stackKey } from '../../domain/ids.ts';
import type { Stack } from '../../domain/stack.ts';
import { repoPath } from '../work-tree-paths.ts';
import type { AtlantisProject } from './atlantis.ts';

/** A folder and a workspace that shall be a stack. */
export interface Selected {
  path: string;
  workspace: string;
}

/** `envs/prod` or `envs/prod@staging`, as a stack is listed in the config; undefined when the path leaves the repository. */
export function parseListed(entry: string): Selected | undefined {
  const at = entry.lastIndexOf('@');
  const path = repoPath(at > 0 ? entry.slice(0, at) : entry);
  if (path === undefined) return undefined;
  return { path, workspace: at > 0 ? entry.slice(at + 1) : 'default' };
}

/** The workspaces that the driver's option gives a folder; undefined when no glob matches. */
export function optionWorkspaces(
  path: string,
  workspaces: Readonly<Record<string, readonly string[]>>,
): readonly string[] | undefined {
  const found = Object.entries(workspaces)
    .filter(([glob]) => matchesPathGlob(glob, path))
    .flatMap(([, names]) => names);
  return found.length === 0 ? undefined : [...new Set(found)];
}

/** A stack without dependencies and settings. */
export function plainStack(kind: string, selected: Selected): Stack {
  return { key: stackKey(selected.path, selected.workspace), kind, ...selected, dependsOn: [] };
}

/** Stacks with what their Atlantis projects say of them: version, order, when they are planned. */
export function withProjects(stacks: readonly Stack[], projects: readonly AtlantisProject[]): Stack[] {
  const keyOf = (project: AtlantisProject) => stackKey(project.path, project.workspace);
  const byKey = new Map(projects.map((project) => [keyOf(project), project]));
  const byName = new Map(projects.map((project) => [project.name, keyOf(project)]));
  const groups = orderGroups(projects, keyOf);
  const known = new Set(stacks.map((stack) => stack.key));
  return stacks.map((stack) => {
    const project = byKey.get(stack.key);
    if (!project) return stack;
    const before = [
      ...project.dependsOn.map((name) => byName.get(name)),
      ...(groups.get(project.orderGroup) ?? []),
    ].filter((key) => key !== undefined && key !== stack.key && known.has(key));
    return {
      ...stack,
      dependsOn: [...new Set([...stack.dependsOn, ...(before as string[])])].sort(),
      settings: projectSettings(project),
    };
  });
}

/** For each order group, the keys of the group before it: those before that one come with them. */
function orderGroups(
  projects: readonly AtlantisProject[],
  keyOf: (project: AtlantisProject) => string,
): Map<number, string[]> {
  const numbers = [...new Set(projects.map((project) => project.orderGroup))].sort((a, b) => a - b);
  return new Map(
    numbers
      .slice(1)
      .map((group, index) => [
        group,
        projects.filter((project) => project.orderGroup === numbers[index]).map(keyOf),
      ]),
  );
}

function projectSettings(project: AtlantisProject): Record<string, string> {
  return {
    ...(project.name === undefined ? {} : { project: project.name }),
    ...(project.version === undefined ? {} : { version: project.version }),
    autoplan: String(project.autoplan),
    ...(project.whenModified === undefined ? {} : { when_modified: JSON.stringify(project.whenModified) }),
    ...(project.orderGroup === 0 ? {} : { execution_order_group: String(project.orderGroup) }),
  };
}
