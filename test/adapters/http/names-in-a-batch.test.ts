import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDnsResolve } from '../../../adapters/http/dns.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { aMessage, anEndpoint, DeliveryWorld } from '../../support/delivery-world.ts';
import { addresses, DnsServer } from '../../support/dns-server.ts';
import { Bench, loopbackPolicy, type Receiver } from './receiver.ts';

const bench = new Bench();
let receiver: Receiver;
let server: DnsServer;
let resolverAnswers = true;

beforeEach(async () => {
  resolverAnswers = true;
  receiver = await bench.http((_, response) => response.end());
  const found = addresses('127.0.0.1');
  server = await DnsServer.start((question) =>
    question.name.startsWith('hang') || !resolverAnswers ? 'silence' : found(question),
  );
});
afterEach(() => {
  bench.closeAll();
  server.close();
});

/** A batch of the slow lane: 64 endpoints of one tenant with names that hang, and 36 of others. */
async function mixedBatch() {
  const world = new DeliveryWorld();
  const sender = bench.sender({
    policy: { ...loopbackPolicy, checkUrl: (text) => ({ ok: true, url: new URL(text) }) },
    resolve: createDnsResolve({ servers: [server.address], limitMs: 400 }),
    canary: 'canary.example.com',
  });
  world.ports = { ...world.ports, sender };
  for (let at = 0; at < 100; at++) {
    const [name, tenant] = at < 64 ? [`hang${at}`, 'hostile'] : [`good${at}`, `tenant${at}`];
    const id = `ep_${name}`;
    world.endpoints.set(id, anEndpoint({ id, tenant, url: `http://${name}.example.com:${receiver.port}/` }));
    world.health.set(id, { ...freshHealth(id), revision: 1 });
    await world.ports.queue.send([{ message: aMessage({ tenant, endpointId: id }), lane: 'slow', delaySeconds: 0 }]);
  }
  return world;
}

/** Up to a hundred messages: SQS hands out ten at a time. */
const batchOf = (world: DeliveryWorld) => Array.from({ length: 10 }, () => world.receive(10, 'slow')).flat();

/** How many deliveries ended how. */
function endsOf({ ledger }: DeliveryWorld): Record<string, number> {
  const ends: Record<string, number> = {};
  for (const { endpointId, status, attemptCount, attempts } of ledger.records.values()) {
    const kind = endpointId.startsWith('ep_hang') ? 'hang' : 'good';
    const end = `${kind}: ${status}, attempts ${attemptCount} (${attempts.map(({ errorCode }) => errorCode).join()})`;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
}

describe('a batch with 64 names that hang', () => {
  test('delivers everything else at the first attempt, and uses one for each of them', async () => {
    const world = await mixedBatch();

    await world.invoke(batchOf(world));

    expect(endsOf(world)).toEqual({
      'good: delivered, attempts 1 ()': 36,
      'hang: retrying, attempts 1 (dns_error)': 64,
    });
  });

  test('uses no attempt if our resolver answers nothing, and delivers once it does', async () => {
    const world = await mixedBatch();
    resolverAnswers = false;

    await world.invoke(batchOf(world));

    expect(world.ledger.records.size).toBe(0);
    expect(batchOf(world)).toEqual([]);

    resolverAnswers = true;
    world.now += 360_000;
    await world.invoke(batchOf(world));
    expect(endsOf(world)).toMatchObject({ 'good: delivered, attempts 1 ()': 36 });
  });
});
