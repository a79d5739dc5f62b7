import { setTimeout as sleep } from 'node:timers/promises';
import type { Crowd } from './crowd/crowd.ts';
import type { SoakApi } from './product/api.ts';
import type { Queues } from './product/queues.ts';

const POLL_MS = 1_000;
/** This many polls in a row must find every queue empty. */
const QUIET_POLLS = 3;
const NUDGE_MS = 10_000;
/** A delivery that is `retrying` while no queue holds a message will not change any more. */
const RETRYING_MAX_MS = 5_000;

export interface SettleOptions {
  readonly api: SoakApi;
  readonly queues: Queues;
  readonly crowd: Crowd;
  readonly tenant: string;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  /** Operator action, every ten seconds while deliveries wait and no queue holds a message. */
  readonly nudge: () => Promise<void>;
  readonly say: (text: string) => void;
}

/**
 * Waits until nothing is in progress: no message in any queue but the dead-letter queue, and no waiting delivery.
 * @returns whether that happened before `patienceMs` was over.
 */
export async function settle(options: SettleOptions): Promise<boolean> {
  const { queues, signal, patienceMs, say } = options;
  const deadline = Date.now() + patienceMs;
  let quietPolls = 0;
  let quietSince: number | undefined;
  let nudgedAt = 0;
  for (let polls = 0; Date.now() < deadline; polls += 1) {
    await sleep(POLL_MS, undefined, { signal });
    const busy = await busyQueues(queues);
    quietPolls = busy.length === 0 ? quietPolls + 1 : 0;
    if (quietPolls < QUIET_POLLS) {
      quietSince = undefined;
      if (polls % 15 === 0) say(`settling: ${busy.join(', ') || 'no queue holds a message'}`);
      continue;
    }
    quietSince ??= Date.now();
    const { waiting, retrying } = await unfinished(options);
    if (waiting === 0 && (retrying === 0 || Date.now() - quietSince > RETRYING_MAX_MS)) return true;
    if (waiting > 0 && Date.now() - nudgedAt > NUDGE_MS) {
      nudgedAt = Date.now();
      await options.nudge();
    }
    if (polls % 15 === 0) say(`settling: ${waiting} deliveries waiting, ${retrying} retrying`);
  }
  return false;
}

async function busyQueues(queues: Queues): Promise<string[]> {
  const { isRunning } = await queues.moveTask();
  const counts = await queues.working();
  const busy = counts.filter(({ visible, inFlight, delayed }) => visible + inFlight + delayed > 0);
  return [
    ...busy.map(({ name, visible, inFlight, delayed }) => `${name} ${visible}+${inFlight}+${delayed} delayed`),
    ...(isRunning ? ['a redrive'] : []),
  ];
}

/** How many deliveries are not finished. */
async function unfinished({ api, crowd, tenant }: SettleOptions) {
  const count = async (status: 'waiting' | 'retrying') => {
    const lists = await Promise.all(
      crowd.members.map(({ id: endpoint_id }) => api.deliveries({ tenant, endpoint_id, status })),
    );
    return lists.reduce((sum, list) => sum + list.length, 0);
  };
  return { waiting: await count('waiting'), retrying: await count('retrying') };
}
