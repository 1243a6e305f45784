/** What differs between Terraform and OpenTofu; the rest of the two drivers is the same code. */
export interface Flavour {
  /** The driver's kind, and the name of its program in the toolchain. */
  kind: 'terraform' | 'opentofu';
  /** Ends of the names of configuration files. */
  extensions: readonly string[];
  /** Files that name the version, in a stack's folder or above it; the first found wins. */
  versionFiles: readonly string[];
  /** The program's name in `.tool-versions`. */
  toolVersionsName: string;
  /** Since when `init` has `-json`. */
  jsonInitSince: string;
}

export const TERRAFORM: Flavour = {
  kind: 'terraform',
  extensions: ['.tf', '.tf.json'],
  versionFiles: ['.terraform-version'],
  toolVersionsName: 'terraform',
  jsonInitSince: '1.9.0',
};

export const OPENTOFU: Flavour = {
  kind: 'opentofu',
  extensions: ['.tofu', '.tofu.json', '.tf', '.tf.json'],
  versionFiles: ['.opentofu-version', '.terraform-version'],
  toolVersionsName: 'opentofu',
  jsonInitSince: '1.9.0',
};

/** Whether a file name is one of the flavour's configuration files (tests of modules are not). */
function isConfigFile(name: string, flavour: Flavour): boolean {
  return !name.startsWith('.') && flavour.extensions.some((extension) => name.endsWith(extension));
}

/** The names of a folder's configuration files; where a `.tofu` file stands beside a `.tf` of its name, OpenTofu reads only the former. */
export function configFiles(names: readonly string[], flavour: Flavour): string[] {
  const all = new Set(names.filter((name) => isConfigFile(name, flavour)));
  return [...all]
    .filter((name) => {
      if (flavour.kind !== 'opentofu') return true;
      const tofu = name.replace(/\.tf(\.json)?$/, '.tofu$1');
      return tofu === name || !all.has(tofu);
    })
    .sort();
}
