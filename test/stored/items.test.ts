import { readFileSync } from 'node:fs';
import { type AttributeValue, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoreEngine } from '../contract/stores/contract.ts';
import { type DynamoDbWorld, startEmbedded } from '../contract/stores/dynamodb-world.ts';
import type { TableNames } from '../support/dynamodb.ts';
import { CURRENT, fileOf, fileText, namesIn, VERSIONS } from './corpus.ts';
import { CASES, type Kind, READERS } from './items.ts';
import { LISTED } from './lists.ts';

type Item = Record<string, AttributeValue>;
type Items = Record<keyof TableNames, Item[]>;

let engine: StoreEngine<DynamoDbWorld>;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(() => engine.stop());

async function itemsIn({ client }: DynamoDbWorld, TableName: string): Promise<Item[]> {
  const { Items: found = [] } = await client.send(new ScanCommand({ TableName }));
  const place = ({ pk, sk }: Item) => `${pk?.S}/${sk?.S}`;
  const byName = (item: Item): Item => Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  return found.map(byName).sort((one, other) => (place(one) < place(other) ? -1 : 1));
}

/** Expects the file to hold the items, and what this version reads in them. */
async function expectFile(file: URL, kind: Kind, items: Items, world: DynamoDbWorld): Promise<void> {
  const read = await READERS[kind](world);
  await expect(fileText({ kind, items }, read)).toMatchFileSnapshot(file.pathname);
}

describe('this version stores and reads', () => {
  it.each(Object.entries(CASES))('%s', async (name, { kind, write }) => {
    const world = await engine.createWorld();
    await write(world);
    const { registry, ledger } = world.tables;
    const items = { registry: await itemsIn(world, registry), ledger: await itemsIn(world, ledger) };
    await expectFile(fileOf(CURRENT, 'items', name), kind, items, world);
  });

  it('every kind', () => {
    expect(new Set(Object.values(CASES).map(({ kind }) => kind))).toEqual(new Set(Object.keys(READERS)));
  });
});

/** Puts the items of a file into the tables of a new world. */
async function worldOf(items: Items): Promise<DynamoDbWorld> {
  const world = await engine.createWorld();
  for (const table of ['registry', 'ledger'] as const) {
    for (const Item of items[table]) {
      await world.client.send(new PutItemCommand({ TableName: world.tables[table], Item }));
    }
  }
  return world;
}

describe.each([...VERSIONS, CURRENT])('what %s stored', (version) => {
  const itemsOf = (name: string): Items => JSON.parse(readFileSync(fileOf(version, 'items', name), 'utf8')).items;
  const kept = new Set(namesIn(version, 'items'));

  it.each(Object.entries(LISTED).filter(([name]) => kept.has(name)))('is in every list: %s', async (name, list) => {
    const lists = await list(await worldOf(itemsOf(name)));
    expect(lists.map((found) => found.length)).toEqual(lists.map(() => 1));
  });

  it('expires only in the ledger, the audit trail and sessions', () => {
    const expiring = [...kept].flatMap((name) => itemsOf(name).registry).filter((item) => 'expires_at' in item);
    expect(expiring.filter(({ pk }) => !/^(AUDIT|SESSION|SESSIONSENDED)#/.test(pk?.S ?? ''))).toEqual([]);
  });
});

describe.each(VERSIONS)('this version reads what %s stored', (version) => {
  it.each(namesIn(version, 'items'))('%s', async (name) => {
    const file = fileOf(version, 'items', name);
    const { kind, items }: { kind: Kind; items: Items } = JSON.parse(readFileSync(file, 'utf8'));
    await expectFile(file, kind, items, await worldOf(items));
  });
});
