import { sleep } from '@temporalio/workflow';
import type { RequestLaterInput } from './inputs.ts';
import { light } from './light.ts';

/** Hands a request to its repo after a while; dropped when a newer task has overtaken it. Holds nothing meanwhile. */
export async function requestLater(input: RequestLaterInput): Promise<{ sent: boolean }> {
  await sleep(Math.max(1, input.delay_ms));
  return await light.sendRequest({ repo: input.repo, request: input.request });
}
