export { LAYER_RULES, type Finding } from './finding.ts';
export { lintLayers, type LintResult } from './lint.ts';
export { readLayerFiles } from './read-files.ts';
export { scaffold, type ScaffoldRequest } from './scaffold/scaffold.ts';
export type { FileChange, Scaffold } from './scaffold/change.ts';
