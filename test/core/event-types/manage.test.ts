import { beforeEach, describe, expect, it } from 'vitest';
import { createSchemaExaminer } from '../../../adapters/ajv/schema-examiner.ts';
import { SYSTEM } from '../../../core/audit/audit.ts';
import { CACHE_MS } from '../../../core/event-types/event-type-cache.ts';
import { eventTypeInput } from '../../../core/event-types/input.ts';
import { deleteEventType, type EventTypePorts, putEventType } from '../../../core/event-types/manage.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { MemoryEventTypeStore } from '../../fakes/event-types.ts';
import { START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

let now: number;
let audit: MemoryAudit;
let eventTypes: MemoryEventTypeStore;
let ports: EventTypePorts;
let waited: { ms: number; changes: string[] }[];
beforeEach(() => {
  now = START;
  audit = new MemoryAudit();
  eventTypes = new MemoryEventTypeStore(audit);
  waited = [];
  ports = {
    ...{ eventTypes, audit },
    schemas: createSchemaExaminer(),
    clock: () => now,
    wait: async (ms) => void waited.push({ ms, changes: actions() }),
    random: seededRandom(5),
  };
});

const put = (input: object, name = 'order.created') => {
  now += 1;
  return putEventType(name, eventTypeInput.parse(input), SYSTEM, ports);
};
const actions = () => [...audit.entries.values(), ...audit.pendingEntries].map(({ action }) => action);

describe('a change of an event type', () => {
  it('does not respond before the caches of all containers have expired', async () => {
    await put({ schema: true });
    await put({ schema: true });
    await deleteEventType('order.created', SYSTEM, ports);

    const [created, deleted] = ['event_type.created', 'event_type.deleted'];
    expect(waited).toEqual([
      { ms: CACHE_MS, changes: [created] },
      { ms: CACHE_MS, changes: [created] },
      { ms: CACHE_MS, changes: [created, deleted] },
    ]);
  });

  it('carries its audit entry, with the hashes of schemas', async () => {
    await put({ schema: { type: 'string' } });
    expect(audit.pendingEntries).toMatchObject([
      {
        action: 'event_type.created',
        object: 'order.created',
        tenant: null,
        before: null,
        after: {
          description: '',
          group: null,
          deprecated: false,
          versions: [{ version: '1', schema_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
        },
      },
    ]);
  });

  it('records only the differences of an update, and moves the previous entry to the trail', async () => {
    await put({ description: 'a', schema: { type: 'string' } });
    await put({ description: 'b', schema: { type: 'string' } });
    expect(audit.pendingEntries).toMatchObject([{ before: { description: 'a' }, after: { description: 'b' } }]);
    expect(audit.pendingEntries[0]?.after).not.toHaveProperty('versions');
    expect(actions()).toEqual(['event_type.created', 'event_type.updated']);
  });

  it('of its group, or of whether it is deprecated, is one', async () => {
    await put({});
    await put({ group: 'Orders' });
    await put({ group: 'Orders', deprecated: true });
    await put({ group: 'Orders', deprecated: true });
    const changes = [...audit.entries.values(), ...audit.pendingEntries].map(({ before, after }) => [before, after]);
    expect(changes.slice(1)).toEqual([
      [{ group: null }, { group: 'Orders' }],
      [{ deprecated: false }, { deprecated: true }],
    ]);
  });

  it('without effect writes nothing', async () => {
    const first = await put({ versions: [{ version: '1', schema: true, example: [1] }] });
    const again = await put({ version: '1', schema: true, example: [1] });
    expect(again).toEqual({ ...first, created: false });
    expect(actions()).toEqual(['event_type.created']);
  });

  it('keeps the time of each remaining version', async () => {
    await put({ versions: [{ version: '1' }] });
    const { eventType } = await put({ versions: [{ version: '1', schema: true }, { version: '2' }] });
    expect(eventType.versions.map(({ createdAt }) => createdAt - START)).toEqual([1, 2]);
  });

  it('is made and audited once if its response was lost', async () => {
    const { put: write } = eventTypes;
    eventTypes.put = async (...given) => {
      await write(...given);
      return write(...given);
    };
    expect((await put({ description: 'a' })).created).toBe(true);
    expect(actions()).toEqual(['event_type.created']);
  });

  it('is not lost among concurrent ones, and each knows what it replaced', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((description) => put({ description })));
    const entries = [...audit.entries.values(), ...audit.pendingEntries];
    expect(entries).toHaveLength(4);
    expect(entries.filter(({ action }) => action === 'event_type.created')).toHaveLength(1);
    const befores = entries.map(({ before }) => before?.description);
    const afters = entries.map(({ after }) => after?.description);
    expect(befores.slice(1)).toEqual(afters.slice(0, -1));
  });

  it('is refused as a conflict if others are always faster', async () => {
    eventTypes.put = async () => false;
    await expect(put({})).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('numbers that would be stored as different numbers', () => {
  it.each<[string, string, string[]]>([
    ['in a schema', '{"schema":{"properties":{"n":{"maximum":1e999}}}}', ['schema.properties.n.maximum']],
    ['of a list', '{"schema":{"enum":[1,-1e999]}}', ['schema.enum.1']],
    ['in an example', '{"versions":[{"version":"1","example":{"n":1e999}}]}', ['versions.0.example.n']],
    ['in both', '{"schema":{"const":1e999},"example":1e999}', ['schema.const', 'example']],
  ])('are refused %s, and nothing is stored', async (_, input, paths) => {
    const faults = paths.map((path) => ({ path, message: expect.stringContaining('1.79e308') }));
    await expect(put(JSON.parse(input))).rejects.toMatchObject({ kind: 'invalid', faults });
    expect((await eventTypes.find('order.created')).eventType).toBeUndefined();
  });

  it('are refused even if the result equals what is stored', async () => {
    await put({ schema: { const: null } });
    await expect(put({ schema: { const: Number.POSITIVE_INFINITY } })).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('a deletion', () => {
  it('leaves no event type, but its audit entry', async () => {
    await put({});
    await deleteEventType('order.created', SYSTEM, ports);
    expect((await eventTypes.find('order.created')).eventType).toBeUndefined();
    expect(audit.pendingEntries).toMatchObject([
      { action: 'event_type.deleted', after: null, before: { versions: [] } },
    ]);
    await expect(deleteEventType('order.created', SYSTEM, ports)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('allows a new type of that name, before and after the tombstone is removed', async () => {
    for (const _ of [1, 2]) {
      expect((await put({})).created).toBe(true);
      await deleteEventType('order.created', SYSTEM, ports);
    }
    const { found } = await audit.list({ from: null, to: null }, null, 10);
    for (const { item } of found) await item.remove();
    expect((await put({})).created).toBe(true);
  });

  it('succeeds if its response was lost', async () => {
    await put({});
    const { remove } = eventTypes;
    eventTypes.remove = async (...given) => {
      await remove(...given);
      return false;
    };
    await deleteEventType('order.created', SYSTEM, ports);
    expect(actions().filter((action) => action === 'event_type.deleted')).toHaveLength(1);
  });
});
