import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../local/aws/sqlite.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-sqlite-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('a file that a power cut has left unreadable is named, with what to do', () => {
  const path = join(dir, 'aws.db');
  writeFileSync(path, Buffer.alloc(8_192, 1));
  expect(() => openDatabase(path)).toThrow(`${path} cannot be read. `);
  expect(() => openDatabase(path)).toThrow(/delete its data folder, and start again/);
});

it('a file that is missing is created, and read again', () => {
  const path = join(dir, 'aws.db');
  const database = openDatabase(path);
  database.exec('CREATE TABLE one (id INTEGER); INSERT INTO one VALUES (7)');
  database.close();
  const again = openDatabase(path);
  expect(again.prepare('SELECT id FROM one').get()).toEqual({ id: 7 });
  again.close();
});
