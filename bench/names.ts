import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { createDnsResolve } from '../adapters/http/dns.ts';
import { createEgressPolicy } from '../adapters/http/egress-policy.ts';
import { createSender, type HttpSender } from '../adapters/http/sender.ts';
import { type Percentiles, percentiles } from './local/percentiles.ts';
import { payloadText } from './payload.ts';
import { startChild } from './process/parent.ts';

/** POSTs to names that are looked up, alone and beside names whose servers are silent. */
export interface NamesReport {
  readonly alone: Percentiles;
  readonly beside: Percentiles;
  /** Of each of the two. */
  readonly samples: number;
  /** The median of the rounds' p95 beside, by that alone: other load on the machine comes in bursts. */
  readonly ratio: number;
  /** POSTs of neighbours that failed, or were turned down on our side. */
  readonly failed: number;
  /** POSTs to hanging names that ended, and how. */
  readonly hanging: Readonly<Record<string, number>>;
}

/** As many hang at any time: as soon as one fails, the next name is asked. */
export const HANGING = 64;
const ROUNDS = 11;
const PER_ROUND = 150;
const EVERY_MS = 20;

/**
 * Makes 50 POSTs a second with the sender of the deliver function, each to a name of its own: alone and beside 64 names that
 * hang, in turn. The name server and the receiver have processes of their own.
 */
export async function measureNames(): Promise<NamesReport> {
  const nameServer = await startChild(new URL('../test/support/dns-process.ts', import.meta.url));
  const receiver = await startChild(new URL('receiver.ts', import.meta.url));
  const servers = [await nameServer.ask('address', null, z.string())];
  const port = await receiver.ask('port', null, z.number());
  const policy = createEgressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowHttp: true });
  const sender = createSender({
    // Plain http to any name, since the receiver has no certificates for them.
    policy: { ...policy, checkUrl: (text) => ({ ok: true, url: new URL(text) }) },
    resolve: createDnsResolve({ servers }),
    clock: Date.now,
  });
  const post = poster(sender, port);
  try {
    const [alone, beside]: [number[][], number[][]] = [[], []];
    const hanging: Record<string, number> = {};
    await neighbours(post, 'warm');
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await neighbours(post, `alone-${round}`));
      const end = hang(post, round, hanging);
      await sleep(200);
      beside.push(await neighbours(post, `beside-${round}`));
      await end();
    }
    return {
      alone: percentiles(alone.flat()),
      beside: percentiles(beside.flat()),
      samples: alone.flat().length,
      ratio: medianP95(beside) / medianP95(alone),
      failed: 2 * ROUNDS * PER_ROUND - alone.flat().length - beside.flat().length,
      hanging,
    };
  } finally {
    sender.close();
    await Promise.all([nameServer.stop(), receiver.stop()]);
  }
}

type Post = (name: string, tenant: string) => Promise<string>;

function poster(sender: HttpSender, port: number): Post {
  return async (name, tenant) => {
    const request = {
      url: `http://${name}.example.com:${port}/`,
      tenant,
      headers: {},
      body: payloadText,
      timeoutMs: 15_000,
    };
    const result = await sender.send({ ...request, excerptBytesMax: () => 256 }).catch(() => undefined);
    return result === undefined ? 'our fault' : (result.errorCode ?? 'delivered');
  };
}

const medianP95 = (rounds: readonly number[][]) => percentiles(rounds.map((round) => percentiles(round).p95)).p50;

/** @returns ms from when each POST was due to its answer, of those that did not fail. */
async function neighbours(post: Post, prefix: string): Promise<number[]> {
  const start = performance.now();
  const posts: Promise<number[]>[] = [];
  for (let at = 0; at < PER_ROUND; at++) {
    const due = start + at * EVERY_MS;
    await sleep(Math.max(0, due - performance.now()));
    posts.push(
      post(`${prefix}-${at}`, 'neighbour').then((ended) => (ended === 'delivered' ? [performance.now() - due] : [])),
    );
  }
  return (await Promise.all(posts)).flat();
}

/** Keeps 64 names hanging. @returns a function that ends it, once the last of them has failed. */
function hang(post: Post, round: number, ends: Record<string, number>): () => Promise<unknown> {
  let goesOn = true;
  const all = Promise.all(
    Array.from({ length: HANGING }, async (_, at) => {
      for (let turn = 0; goesOn; turn++) {
        const ended = await post(`hang-${round}-${at}-${turn}`, 'hostile');
        ends[ended] = (ends[ended] ?? 0) + 1;
      }
    }),
  );
  return () => {
    goesOn = false;
    return all;
  };
}
