import { expect, test } from 'vitest';
import { DAY, START } from '../../support/delivery-world.ts';
import { anEvent } from './samples.ts';
import type { StoreWorld } from './world.ts';

const note = (matched: number, last = false) => ({ matched, endpointIds: ['ep_1', 'ep_2'].slice(0, matched), last });

export function eventRules(given: () => StoreWorld): void {
  const read = async (id: string) => (await given().events.find([id])).get(id);

  test('an event is read back with every field as written', async () => {
    const { events } = given();
    const plain = anEvent();
    const full = anEvent({ version: '2', metadata: { 'é "': '🚀\n' }, resourceUrl: 'https://example.com/1' });
    for (const event of [plain, full]) {
      expect(await events.create(event)).toBe('created');
      expect(await read(event.id)).toEqual(event);
    }
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('one of several concurrent creations of an event wins, and the first stays', async () => {
    const { events } = given();
    const event = anEvent();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, at) => events.create({ ...event, nonce: `n${at}` })),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect((await read(event.id))?.nonce).toBe(`n${outcomes.indexOf('created')}`);
  });

  // DDBG/TTL.html: expired items are deleted within days, and can be read until then
  test('an expired event counts as absent, and another may take its id', async () => {
    const world = given();
    const event = anEvent({ expiresAt: START + 10_000 });
    await world.events.create(event);
    world.now = START + 9_999;
    expect([await world.events.create(event), await read(event.id)]).toEqual(['exists', event]);
    world.now = START + 10_000;
    expect(await read(event.id)).toBeUndefined();
    const other = { ...event, nonce: 'other', expiresAt: START + 60 * DAY };
    expect(await world.events.create(other)).toBe('created');
    expect(await read(event.id)).toEqual(other);
  });

  // API_BatchWriteItem: 25 puts a call. API_BatchGetItem: 100 items a call
  test('a long list of new events is stored and found completely', async () => {
    const { events } = given();
    const list = Array.from({ length: 110 }, (_, at) => anEvent({ sizeBytes: at }));
    await events.createFresh(list);
    const found = await events.find([...list.map(({ id }) => id), 'evt_unknown']);
    expect(found.size).toBe(110);
    for (const event of list) expect(found.get(event.id)).toEqual(event);
  });

  test('storing and finding an empty list works', async () => {
    const { events } = given();
    await events.createFresh([]);
    expect(await events.find([])).toEqual(new Map());
  });

  // API_BatchGetItem refuses duplicate keys in a request
  test('an id that is requested twice is found once', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    expect(await events.find([event.id, event.id])).toEqual(new Map([[event.id, event]]));
  });

  test('an event can be pointed to another object, and nothing else changes', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    await events.notePage(event.id, 0, note(1));
    const payload = { key: 'other', offset: 5, length: 6 };
    await events.repoint(event.id, payload);
    expect(await read(event.id)).toEqual({ ...event, payload, fanout: { 0: note(1) } });
  });

  test('pages of a fan-out are noted independently, and noting one again changes nothing', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    await Promise.all([0, 1, 2, 3, 10].map((page) => events.notePage(event.id, page, note(2, page === 10))));
    await events.notePage(event.id, 1, note(2));
    const fanout = { 0: note(2), 1: note(2), 2: note(2), 3: note(2), 10: note(2, true) };
    expect(await read(event.id)).toEqual({ ...event, fanout });
  });

  test('a page that is noted again ends as the later note says, and keeps the endpoints of both', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    await events.notePage(event.id, 0, { matched: 2, endpointIds: ['ep_1', 'ep_2'], last: false, next: '0#a#ep_2' });
    await events.notePage(event.id, 0, { matched: 2, endpointIds: ['ep_2', 'ep_3'], last: true });
    const joined = { matched: 3, endpointIds: ['ep_1', 'ep_2', 'ep_3'], last: true };
    expect((await read(event.id))?.fanout).toEqual({ 0: joined });
  });

  test('a fan-out that is done stays so when another run notes a page of it', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    const done = { matched: 1, endpointIds: ['ep_1'], last: true };
    await events.notePage(event.id, 0, done);
    await events.notePage(event.id, 0, { matched: 2, endpointIds: ['ep_1', 'ep_2'], last: false, next: '0#a#ep_2' });
    expect((await read(event.id))?.fanout).toEqual({ 0: { ...done, matched: 2, endpointIds: ['ep_1', 'ep_2'] } });
  });

  test('of several concurrent notes of a page, none loses its endpoints', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    const ids = ['ep_1', 'ep_2', 'ep_3', 'ep_4'];
    await Promise.all(ids.map((id) => events.notePage(event.id, 0, { matched: 1, endpointIds: [id], last: true })));
    expect((await read(event.id))?.fanout[0]?.endpointIds.toSorted()).toEqual(ids);
  });

  test.each([true, false])('the first mark of an event stands: wide %s', async (first) => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    expect(await events.markWide(event.id, first)).toBe(first);
    await events.notePage(event.id, 0, note(1));
    expect(await events.markWide(event.id, !first)).toBe(first);
    expect(await read(event.id)).toEqual({ ...event, wide: first, fanout: { 0: note(1) } });
  });

  test('one of several concurrent marks of an event stands, and all learn which', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    const marks = await Promise.all([true, false, true, false].map((wide) => events.markWide(event.id, wide)));
    expect(new Set(marks)).toEqual(new Set([(await read(event.id))?.wide]));
  });

  test('an event with a page noted without a mark is not wide, and stays unmarked', async () => {
    const { events } = given();
    const event = anEvent();
    await events.create(event);
    await events.notePage(event.id, 3, note(1));
    expect(await events.markWide(event.id, true)).toBe(false);
    expect(await read(event.id)).toEqual({ ...event, fanout: { 3: note(1) } });
  });

  // API_UpdateItem creates a missing item, unless a condition forbids it
  test('a deleted event is not restored as a partial item', async () => {
    const world = given();
    const event = anEvent();
    await world.events.repoint(event.id, event.payload);
    await world.events.notePage(event.id, 0, note(1));
    expect(await world.events.markWide(event.id, true)).toBe(false);
    expect(await read(event.id)).toBeUndefined();
    expect(await world.events.create(event)).toBe('created');
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const { events } = given();
    const event = anEvent({ metadata: { a: 'b' } });
    const stored = structuredClone(event);
    const page = note(2);
    const payload = { ...event.payload };
    await events.create(event);
    await events.notePage(event.id, 0, page);
    await events.repoint(event.id, payload);
    Object.assign(event, { metadata: {} });
    payload.key = 'changed';
    page.endpointIds.pop();
    Object.assign((await read(event.id))?.fanout ?? {}, { 1: page });
    expect(await read(event.id)).toEqual({ ...stored, fanout: { 0: note(2) } });
  });
}
