import { stackName } from './stack-name.ts';

/** A stack's name in its own direction of writing; the title has the key that the CLI and the API take, where it differs. */
export function StackLabel({ stackKey }: { stackKey: string }) {
  const name = stackName(stackKey);
  return <bdi title={name === stackKey ? undefined : stackKey}>{name}</bdi>;
}
