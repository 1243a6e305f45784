import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ArtifactRef } from '../../../domain/plan.ts';
import type { ApplyContext } from '../../driver.ts';
import type { Session } from '../session.ts';

/** What happened in an apply, line by line: for those who watch, and for whoever has to find out later. */
export interface ApplyLog {
  /** Written before it is shown: what is shown has happened. */
  line(text: string): Promise<void>;
  /** The whole of it as an artifact; null when it can't be stored. */
  keep(): Promise<ArtifactRef | null>;
}

/** Opens the log of an attempt. */
export async function openApplyLog({ redact }: Session, context: ApplyContext): Promise<ApplyLog> {
  const { outputPath, onProgress } = context;
  await mkdir(dirname(outputPath), { recursive: true, mode: 0o700 });
  let written: Promise<void> = Promise.resolve();
  const line = async (text: string): Promise<void> => {
    const said = redact(text);
    written = written.then(() => appendFile(outputPath, `${said}\n`, { mode: 0o600 }));
    await written;
    onProgress({ step: 'apply', line: said });
  };
  const keep = async (): Promise<ArtifactRef | null> => {
    try {
      return await context.artifacts('apply_log', await readFile(outputPath, 'utf8'));
    } catch (error) {
      // What was applied is more important than its log.
      context.log.warn({ stack: context.stack.key, error }, 'The log of an apply could not be stored');
      return null;
    }
  };
  return { line, keep };
}
