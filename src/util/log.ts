import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** What takes secrets out of a line; see redact.ts. */
interface LineRedactor {
  redact(text: string): string;
}

export interface LoggerOptions {
  /** pino's levels: `trace`, `debug`, `info`, `warn`, `error`, `silent`. */
  level: string;
  redactor: LineRedactor;
  /** Stands in every line as `name`. */
  name: string;
  /** Where lines go; stderr by default, so that stdout stays free for results. */
  destination?: DestinationStream;
}

/**
 * A logger that writes one JSON object per line. Secrets are taken out of the finished line, so that
 * no field, message or stack trace can carry one past the redactor. Messages are constant, facts are fields.
 */
export function createLogger({ level, redactor, name, destination }: LoggerOptions): Logger {
  const sink = destination ?? pino.destination({ dest: 2, sync: true });
  return pino(
    { level, name, base: { name }, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' },
    { write: (line: string) => sink.write(redactor.redact(line)) },
  );
}
