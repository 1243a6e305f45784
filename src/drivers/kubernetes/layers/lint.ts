import { argoPaths, fluxKustomizations } from './applied-paths.ts';
import { LAYER_RULES, type Finding, type Found, type LayerRule } from './finding.ts';
import { findLayout, type Layout } from './layout.ts';
import { foldersOf, readModel, type RepoModel } from './repo-model.ts';
import { checkCi } from './rule-ci.ts';
import {
  checkClusterManifests,
  checkClusterSets,
  checkInfrastructureFirst,
  checkInfrastructureWait,
} from './rule-clusters.ts';
import { checkCopies, checkGiants } from './rule-files.ts';
import { checkNamespaces } from './rule-namespaces.ts';
import { checkDependencies, checkReferences } from './rule-references.ts';
import { checkSecrets } from './rule-secrets.ts';
import type { LayerSettings } from './settings.ts';

/** What the rules say of a repository. */
export interface LintResult {
  /** null: it is not laid out in layers, so that nothing was checked. */
  layout: Layout | null;
  /** By file and line; those of rules that are off are left out. */
  findings: Finding[];
}

/** Checks the layers of a repository, given the text of its files by path (relative to the root). */
export function lintLayers(files: ReadonlyMap<string, string>, settings: LayerSettings): LintResult {
  const layout = findLayout(foldersOf(files.keys()), settings);
  if (layout === null) return { layout, findings: [] };
  const all = everyFinding(readModel(files, layout), settings).flatMap(([rule, found]): Finding[] => {
    const severity = settings.rules[rule] ?? LAYER_RULES[rule].severity;
    return severity === 'off' ? [] : [{ rule, severity, ...found }];
  });
  const once = new Map(all.map((each) => [`${each.rule} ${each.file} ${each.line} ${each.message}`, each]));
  return { layout, findings: [...once.values()].toSorted(byPlace) };
}

function everyFinding(model: RepoModel, settings: LayerSettings): [LayerRule, Found][] {
  const flux = fluxKustomizations(model);
  const of = (rule: LayerRule, found: readonly Found[]) =>
    found.map((each): [LayerRule, Found] => [rule, each]);
  return [
    ...checkReferences(model, [...flux, ...argoPaths(model)]),
    ...checkDependencies(flux),
    ...of('infrastructure-first', checkInfrastructureFirst(model, flux)),
    ...of('infrastructure-wait', checkInfrastructureWait(model, flux)),
    ...of('cluster-kustomizations', checkClusterSets(model, flux)),
    ...of('cluster-manifests', checkClusterManifests(model)),
    ...checkNamespaces(model),
    ...of('not-encrypted', checkSecrets(model)),
    ...of('imperative-apply', checkCi(model.files)),
    ...of('copied-manifest', checkCopies(model, settings.similarPercent)),
    ...of('giant-file', checkGiants(model, settings.maxLines)),
  ];
}

function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || (a.rule < b.rule ? -1 : 1);
}
