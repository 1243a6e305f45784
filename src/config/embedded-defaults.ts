import type { Settings } from '../domain/settings.ts';

/**
 * The settings of `up`: with its embedded Temporal server, whose command line nobody else reaches, unsigned decisions are
 * taken unless the config says otherwise. All of them together count for one person.
 */
export function withEmbeddedDefaults(settings: Settings): Settings {
  const embedded = settings.temporal.address === null;
  if (!embedded || settings.unsignedSignalsUnsaid !== true) return settings;
  return {
    ...settings,
    published: {
      ...settings.published,
      approvals: { ...settings.published.approvals, allowUnsignedSignals: true },
    },
  };
}
