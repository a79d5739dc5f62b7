import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { createDnsResolve } from '../adapters/http/dns.ts';
import { createEgressPolicy } from '../adapters/http/egress-policy.ts';
import { createSender } from '../adapters/http/sender.ts';
import { payloadText } from './payload.ts';
import { answerParent } from './process/child.ts';

/** The sender of the deliver function in a process of its own, which looks up a name for each of its POSTs. */

const [server = '', port = ''] = process.argv.slice(2);
const policy = createEgressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowHttp: true });
const sender = createSender({
  // Plain http to any name, since the receiver has no certificates for them.
  policy: { ...policy, checkUrl: (text) => ({ ok: true, url: new URL(text) }) },
  resolve: createDnsResolve({ servers: [server] }),
  clock: Date.now,
});

const round = z.object({ name: z.string(), hanging: z.number(), posts: z.number(), everyMs: z.number() });

async function post(name: string, tenant: string): Promise<string> {
  const request = { url: `http://${name}.example.com:${port}/`, tenant, headers: {}, body: payloadText };
  const result = await sender
    .send({ ...request, timeoutMs: 15_000, excerptBytesMax: () => 256 })
    .catch(() => undefined);
  return result === undefined ? 'our fault' : (result.errorCode ?? 'delivered');
}

answerParent({
  /** Makes a round's POSTs, each when it is due, while as many names hang: as soon as one fails, the next is asked. */
  round: async (input) => {
    const { name, hanging, posts, everyMs } = round.parse(input);
    const ends: Record<string, number> = {};
    let goesOn = true;
    const hung = Array.from({ length: hanging }, async (_, at) => {
      for (let turn = 0; goesOn; turn++) {
        const ended = await post(`hang-${name}-${at}-${turn}`, 'hostile');
        ends[ended] = (ends[ended] ?? 0) + 1;
      }
    });
    await sleep(200);
    const start = performance.now();
    const made: Promise<number[]>[] = [];
    for (let at = 0; at < posts; at++) {
      const due = start + at * everyMs;
      await sleep(Math.max(0, due - performance.now()));
      made.push(
        post(`${name}-${at}`, 'neighbour').then((ended) => (ended === 'delivered' ? [performance.now() - due] : [])),
      );
    }
    const latencies = (await Promise.all(made)).flat();
    goesOn = false;
    await Promise.all(hung);
    return { latencies, ends };
  },
});
