/** What a repository's layers are checked for. The order is that of the documentation. */
export const LAYER_RULES = {
  'layer-direction': {
    severity: 'error',
    text: 'Clusters refer to apps and infrastructure, apps to infrastructure, infrastructure and base manifests to nothing else.',
  },
  'cross-cluster': { severity: 'error', text: 'No cluster depends on another one.' },
  'missing-path': { severity: 'error', text: 'What is named is there.' },
  'infrastructure-first': { severity: 'error', text: 'Apps wait until infrastructure is ready.' },
  'infrastructure-wait': { severity: 'warning', text: 'Infrastructure is ready when its workloads are.' },
  'cluster-kustomizations': { severity: 'error', text: 'One cluster is one set of Kustomizations.' },
  'cluster-manifests': {
    severity: 'warning',
    text: 'Clusters refer to base and overlays, and hold no workloads.',
  },
  'app-namespace': { severity: 'warning', text: 'Each app owns its namespace.' },
  'app-in-infrastructure': { severity: 'error', text: 'Apps change nothing in infrastructure.' },
  'controller-scope': { severity: 'error', text: 'Controllers own no namespace of an app.' },
  'not-encrypted': { severity: 'error', text: 'Secrets in Git are encrypted.' },
  'imperative-apply': { severity: 'error', text: 'CI changes no cluster by hand.' },
  'copied-manifest': { severity: 'warning', text: 'Environments are a base and overlays, not copies.' },
  'giant-file': { severity: 'warning', text: 'Manifests are in files that people can read.' },
} as const satisfies Record<string, { severity: FindingSeverity; text: string }>;

export type LayerRule = keyof typeof LAYER_RULES;

export const LAYER_RULE_IDS = Object.keys(LAYER_RULES) as [LayerRule, ...LayerRule[]];

export type FindingSeverity = 'warning' | 'error';

/** Something in a repository that breaks a rule. Holds no values of Secrets. */
export interface Finding {
  rule: LayerRule;
  severity: FindingSeverity;
  /** Relative to the root. */
  file: string;
  line: number;
  message: string;
  /** What to do. */
  fix: string;
}

/** A finding of a rule, before the settings say how severe it is. */
export type Found = Omit<Finding, 'severity' | 'rule'>;
