import { beforeEach, describe, expect, it } from 'vitest';
import { emissionsIn, sumsIn } from '../../support/emitted.ts';
import { IngestWorld, PRINCIPAL } from './ingest-world.ts';

const list = (...tenants: string[]) => JSON.stringify(tenants.map((tenant) => ({ type: 'a.b', data: 1, tenant })));

let world: IngestWorld;
beforeEach(async () => {
  world = new IngestWorld();
  await world.start();
});

describe('the metric of ingest', () => {
  it('is the number of events of each accepted request, by stage alone', async () => {
    await world.publish({ key: world.key() });
    await world.publish({ key: world.key(), body: list('acme', 'globex', 'acme') });

    const line = (values: number[]) => ({
      namespace: 'Postrider',
      dimensions: { service: 'postrider', stage: 'test' },
      metrics: { Accepted: { unit: 'Count', values } },
    });
    expect(emissionsIn(world.lines)).toEqual([line([1]), line([3])]);
  });

  it('leaves out the heartbeat', async () => {
    const iam = { path: '/v1/iam/events', iam: PRINCIPAL };
    await world.publish({ ...iam, body: list('postrider.heartbeat') });
    expect(emissionsIn(world.lines)).toEqual([]);

    await world.publish({ ...iam, body: list('postrider.heartbeat', 'acme') });
    expect(sumsIn(world.lines)).toEqual({ Accepted: 1 });
  });

  it('is nothing for a request that is refused', async () => {
    await world.publish({ key: null });
    await world.publish({ key: world.key(), body: '{"type":"a..b","data":1}' });

    expect(emissionsIn(world.lines)).toEqual([]);
  });
});
