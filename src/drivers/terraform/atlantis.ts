import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { repoPath } from '../work-tree-paths.ts';

const NAMES = ['atlantis.yaml', 'atlantis.yml'];

const projectSchema = z.looseObject({
  name: z.string().optional(),
  dir: z.string(),
  workspace: z.string().default('default'),
  terraform_version: z.string().optional(),
  terraform_distribution: z.string().optional(),
  autoplan: z
    .looseObject({ enabled: z.boolean().default(true), when_modified: z.array(z.string()).optional() })
    .optional(),
  execution_order_group: z.coerce.number().int().default(0),
  depends_on: z.array(z.string()).default([]),
});

const fileSchema = z.looseObject({
  version: z.literal('3'),
  projects: z.array(z.unknown()).nullish(),
});

/** A project of `atlantis.yaml`. Atlantis' own rules: https://www.runatlantis.io/docs/repo-level-atlantis-yaml */
export interface AtlantisProject {
  name: string | undefined;
  /** Relative to the root, with `/`; `.` is the root. */
  path: string;
  workspace: string;
  /** Without a leading `v`. */
  version: string | undefined;
  distribution: string | undefined;
  autoplan: boolean;
  whenModified: string[] | undefined;
  orderGroup: number;
  /** Names of projects. */
  dependsOn: string[];
}

/**
 * The projects of the repository's `atlantis.yaml`, version 3; none when there is no such file. What can't be used
 * (another version, a project without `dir`, a path that leaves the repository) is said in a warning.
 */
export async function readAtlantis(
  workTree: string,
): Promise<{ projects: AtlantisProject[]; warnings: string[] }> {
  for (const name of NAMES) {
    const text = await readFile(join(workTree, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return parseAtlantis(name, text);
  }
  return { projects: [], warnings: [] };
}

function parseAtlantis(name: string, text: string): { projects: AtlantisProject[]; warnings: string[] } {
  const warnings: string[] = [];
  let content: unknown;
  try {
    content = readYaml(text);
  } catch (error) {
    const where = error instanceof Error ? error.message.split('\n')[0] : 'unknown cause';
    return { projects: [], warnings: [`${name} is not YAML and was not used: ${where}`] };
  }
  const file = fileSchema.safeParse(content);
  if (!file.success)
    return { projects: [], warnings: [`${name} was not used: only version 3 is understood.`] };
  const projects: AtlantisProject[] = [];
  for (const [index, entry] of (file.data.projects ?? []).entries()) {
    const project = projectSchema.safeParse(entry);
    const path = project.success ? repoPath(project.data.dir) : undefined;
    if (!project.success) {
      const issue = project.error.issues[0];
      warnings.push(`${name}: projects[${index}].${issue?.path.join('.')} was not used: ${issue?.message}`);
    } else if (path === undefined) {
      warnings.push(`${name}: projects[${index}].dir leaves the repository and was not used.`);
    } else {
      projects.push(toProject(project.data, path));
    }
  }
  return { projects, warnings };
}

/** Numbers stay as they are written: to YAML, `terraform_version: 1.10` is the number 1.1. */
function readYaml(text: string): unknown {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault) throw fault;
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'number') node.value = node.source ?? String(node.value);
    },
  });
  return document.toJS();
}

function toProject(project: z.infer<typeof projectSchema>, path: string): AtlantisProject {
  return {
    name: project.name,
    path,
    workspace: project.workspace,
    version: project.terraform_version?.replace(/^v/, ''),
    distribution: project.terraform_distribution,
    autoplan: project.autoplan?.enabled ?? true,
    whenModified: project.autoplan?.when_modified,
    orderGroup: project.execution_order_group,
    dependsOn: project.depends_on,
  };
}
