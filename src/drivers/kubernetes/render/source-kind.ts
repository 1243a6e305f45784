import type { SourceKind } from '../stack-schema.ts';
import { jsonnetFiles } from './jsonnet.ts';
import { kustomizationFile } from './kustomization.ts';

/** What a folder with these files is the source of: the first that fits. */
export function sourceKindOf(files: readonly string[]): SourceKind {
  if (kustomizationFile(files) !== undefined) return 'kustomize';
  if (files.includes('Chart.yaml')) return 'helm';
  if (jsonnetFiles(files).length > 0) return 'jsonnet';
  return 'directory';
}
