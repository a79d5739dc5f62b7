import { expect, test } from 'vitest';
import { auditEntry, SYSTEM } from '../../../core/audit/audit.ts';
import type { EventType } from '../../../core/event-types/event-type.ts';
import { listPosition } from '../../../core/event-types/store.ts';
import { START } from '../../support/delivery-world.ts';
import { PLAIN } from '../../support/event-types.ts';
import { random } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

const eventType = (name: string, at = START, changes: Partial<EventType> = {}): EventType => ({
  name,
  ...PLAIN,
  versions: [],
  createdAt: at,
  updatedAt: at,
  ...changes,
});

const entry = (object: string) =>
  auditEntry({ actor: SYSTEM, action: 'event_type.created', object, tenant: null }, { clock: () => START, random });

export function eventTypeRules(given: () => StoreWorld): void {
  test('an event type is read back as written, with the entry of its last change', async () => {
    const { eventTypes } = given();
    const versions = [
      { version: '1', schema: { type: 'object', properties: { 'é🚀': true } }, example: { a: null }, createdAt: START },
      { version: '2', schema: false, createdAt: START + 1 },
      { version: '3', example: [], createdAt: START + 2 },
    ];
    const one = eventType('order.created', START, { description: 'd', group: 'Orders', deprecated: true, versions });
    const change = entry(one.name);
    expect(await eventTypes.put(one, undefined, change)).toBe(true);
    expect(await eventTypes.find(one.name)).toEqual({ eventType: one, pendingEntry: change, changeId: change.id });
    expect((await eventTypes.find('order')).eventType).toBeUndefined();
  });

  test('an event type is stored as JSON: non-JSON numbers become null', async () => {
    const { eventTypes } = given();
    const version = { version: '1', createdAt: START };
    await eventTypes.put(
      eventType('a', START, { versions: [{ ...version, schema: { maximum: Number.POSITIVE_INFINITY } }] }),
      undefined,
      entry('a'),
    );
    expect((await eventTypes.find('a')).eventType?.versions).toEqual([{ ...version, schema: { maximum: null } }]);
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('an event type is written and removed only at the change that the writer read', async () => {
    const { eventTypes } = given();
    const one = eventType('a');
    const first = entry('a');
    expect(await eventTypes.put(one, 'aud_none', entry('a'))).toBe(false);
    expect(await eventTypes.put(one, undefined, first)).toBe(true);
    expect(await eventTypes.put(one, undefined, entry('a'))).toBe(false);
    const writers = Array.from({ length: 8 }, () => eventTypes.put(one, first.id, entry('a')));
    expect((await Promise.all(writers)).filter(Boolean)).toHaveLength(1);
    expect(await eventTypes.remove('a', first.id, entry('a'))).toBe(false);
    const { changeId = '' } = await eventTypes.find('a');
    expect(await eventTypes.remove('a', changeId, entry('a'))).toBe(true);
    expect(await eventTypes.remove('a', changeId, entry('a'))).toBe(false);
  });

  test('a removed type is not read, carries its entry, and allows a new one', async () => {
    const { eventTypes } = given();
    const [made, removed] = [entry('a'), entry('a')];
    await eventTypes.put(eventType('a'), undefined, made);
    await eventTypes.remove('a', made.id, removed);
    expect(await eventTypes.find('a')).toEqual({ eventType: undefined, pendingEntry: removed, changeId: removed.id });
    expect(await eventTypes.read(['a'])).toEqual(new Map());
    expect((await eventTypes.list(10, null)).items).toEqual([]);
    expect(await eventTypes.put(eventType('a'), undefined, entry('a'))).toBe(false);
    expect(await eventTypes.put(eventType('a'), removed.id, entry('a'))).toBe(true);
  });

  test('event types are listed newest first, and those of the same time by name', async () => {
    const { eventTypes } = given();
    const all = [eventType('a'), eventType('b'), eventType('z.old', START - 1), eventType('c', START + 1)];
    for (const one of all) await eventTypes.put(one, undefined, entry(one.name));
    for (const limit of [1, 2, 3, 10]) {
      const pages = await toTheEnd((after) => eventTypes.list(limit, after));
      expect(pages.flatMap(({ items }) => items.map(({ name }) => name))).toEqual(['c', 'b', 'a', 'z.old']);
    }
  });

  // API_Query: 1 MB a page
  test('large event types are listed in short pages, none left out', async () => {
    const { eventTypes } = given();
    const versions = [{ version: '1', example: 'x'.repeat(250_000), createdAt: START }];
    const names = Array.from({ length: 9 }, (_, at) => `type.${at}`);
    for (const name of names) await eventTypes.put(eventType(name, START, { versions }), undefined, entry(name));
    const pages = await toTheEnd((after) => eventTypes.list(100, after));
    expect(pages.flatMap(({ items }) => items.map(({ name }) => name))).toEqual(names.toReversed());
  });

  test('many are read at once, by name', async () => {
    const { eventTypes } = given();
    const names = ['constructor', '__proto__', 'a-b', 'a_b', ...Array.from({ length: 96 }, (_, at) => `type.${at}`)];
    for (const name of names) await eventTypes.put(eventType(name), undefined, entry(name));
    const found = await eventTypes.read([...names, 'a.b']);
    expect([...found.keys()].sort()).toEqual(names.toSorted());
    expect(found.get('a-b')).toEqual(eventType('a-b'));
    expect(listPosition(eventType('a-b'))).toBe('2026-11-22T10:00:00.000Z#a-b');
  });
}
