import { join } from 'node:path';
import { isJsonObject } from '../../domain/json.ts';
import { jsonPart } from '../terraform/json-part.ts';
import { runTool, type Session } from '../terraform/session.ts';
import type { UnitDependency } from './unit-file.ts';

/**
 * The dependencies of a unit whose mock outputs stand in its plan: those that have no outputs yet, those whose outputs are
 * skipped, and those that lack an output which a mock is merged in for. A plan built on any of them must never be applied.
 * @param tree the private tree's root
 */
export async function mockedDependencies(
  session: Session,
  tree: string,
  dependencies: readonly UnitDependency[],
): Promise<string[]> {
  const mocked: string[] = [];
  for (const dependency of dependencies) {
    if (dependency.mocks === undefined) continue;
    if (dependency.mixing === 'always' || (await lacksOutputs(session, tree, dependency, dependency.mocks)))
      mocked.push(dependency.path);
  }
  return mocked;
}

async function lacksOutputs(
  session: Session,
  tree: string,
  dependency: UnitDependency,
  mocks: readonly string[],
): Promise<boolean> {
  const result = await runTool(session, ['output', '-json', '-no-color'], {
    step: 'outputs',
    data: true,
    cwd: join(tree, dependency.path),
  });
  const outputs = result.exitCode === 0 ? parseObject(jsonPart(result.stdout)) : undefined;
  // What can't be read counts as missing: saying so wrongly costs another plan, the opposite an outage.
  if (outputs === undefined || Object.keys(outputs).length === 0) return true;
  return dependency.mixing === 'merged' && mocks.some((name) => !Object.hasOwn(outputs, name));
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
