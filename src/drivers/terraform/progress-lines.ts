import { isJsonObject } from '../../domain/json.ts';

/** Lines that say what the tool is at: `aws_vpc.a: Refreshing state... [id=vpc-1]`. */
const AT_WORK =
  /^[\w.[\]"-]+: (?:Refreshing state|Reading|Still reading|Read complete|Preparing import|Still refreshing)\b.*/;

/**
 * What is shown of `plan` while it runs: which object it reads, and nothing else. The plan itself is shown only when its
 * JSON has told which values are sensitive, because Terraform's own text doesn't mask all of them (an attribute that
 * was computed from a secret and becomes unknown is printed as it was). Its ID is left out, too: some are made of a secret.
 */
export function planProgress(line: string): string | undefined {
  return AT_WORK.exec(line)?.[0].replace(/ \[id=.*$/, '');
}

/** What is shown of `init -json` while it runs: its messages. */
export function initProgress(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const message: unknown = JSON.parse(line);
    const text = isJsonObject(message) ? message['@message'] : undefined;
    return typeof text === 'string' ? text.split('\n')[0] : undefined;
  } catch {
    return undefined;
  }
}
