import * as z from 'zod';
import { type Percentiles, percentiles } from './local/percentiles.ts';
import { type Child, startChild } from './process/parent.ts';

/** POSTs to names that are looked up, alone and beside names whose servers are silent. */
export interface NamesReport {
  readonly alone: Percentiles;
  readonly beside: Percentiles;
  /** Of each of the two. */
  readonly samples: number;
  /** p95 beside as a multiple of p95 alone at the same time: the median of the rounds. */
  readonly ratio: number;
  /** POSTs of neighbours that failed, or were turned down on our side. */
  readonly failed: number;
  /** POSTs to hanging names that ended, and how. */
  readonly hanging: Readonly<Record<string, number>>;
}

/** As many hang at any time: as soon as one fails, the next name is asked. */
export const HANGING = 64;
const ROUNDS = 14;
const POSTS = 150;
const EVERY_MS = 20;

const rounds = z.object({ latencies: z.array(z.number()), ends: z.record(z.string(), z.number()) });

/**
 * Makes 50 POSTs a second with the sender of the deliver function, each to a name of its own, in two processes at once: beside
 * 64 names that hang, and alone. So both meet the same load of the machine; they change places each round.
 */
export async function measureNames(): Promise<NamesReport> {
  const nameServer = await startChild(new URL('../test/support/dns-process.ts', import.meta.url));
  const receiver = await startChild(new URL('receiver.ts', import.meta.url));
  const args = [
    await nameServer.ask('address', null, z.string()),
    String(await receiver.ask('port', null, z.number())),
  ];
  const sender = () => startChild(new URL('names-sender.ts', import.meta.url), { args });
  const senders = [await sender(), await sender()] as const;
  const make = (child: Child, name: string, hanging: number) =>
    child.ask('round', { name, hanging, posts: POSTS, everyMs: EVERY_MS }, rounds);
  try {
    const [alone, beside]: [number[][], number[][]] = [[], []];
    const hanging: Record<string, number> = {};
    await Promise.all(senders.map((child, at) => make(child, `warm-${at}`, 0)));
    for (let round = 0; round < ROUNDS; round++) {
      const [one, other] = round % 2 === 0 ? senders : [senders[1], senders[0]];
      const [quiet, busy] = await Promise.all([
        make(one, `alone-${round}`, 0),
        make(other, `beside-${round}`, HANGING),
      ]);
      alone.push(quiet.latencies);
      beside.push(busy.latencies);
      for (const [end, times] of Object.entries(busy.ends)) hanging[end] = (hanging[end] ?? 0) + times;
    }
    const p95 = (latencies: readonly number[] = []) => percentiles(latencies).p95;
    return {
      alone: percentiles(alone.flat()),
      beside: percentiles(beside.flat()),
      samples: alone.flat().length,
      ratio: percentiles(beside.map((latencies, round) => p95(latencies) / p95(alone[round]))).p50,
      failed: 2 * ROUNDS * POSTS - alone.flat().length - beside.flat().length,
      hanging,
    };
  } finally {
    await Promise.all([...senders, nameServer, receiver].map((child) => child.stop()));
  }
}
