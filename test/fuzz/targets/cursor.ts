import assert from 'node:assert/strict';
import { type ListQuery, readCursor, writeCursor } from '../../../core/listing/cursor.ts';
import { Problem } from '../../../core/problem.ts';
import type { Target } from './target.ts';

const POSITION = /^[A-Za-z0-9#/_:.-]{1,128}$/;
const QUERIES: readonly ListQuery[] = [
  ['events', 'acme', null, undefined],
  ['events', 'globex', null, 1],
];
const POSITIONS = ['2026-11-22T10:00:00.000Z#order.created', 'evt_01'];

const written = (query: ListQuery, position: string) => writeCursor(query, position) ?? '';

function check(input: string): string {
  return QUERIES.map((query) => {
    try {
      const position = readCursor(query, input, POSITION) ?? '';
      // A fingerprint cannot be guessed: a cursor that is accepted was written for this list.
      assert.ok(POSITIONS.includes(position), 'A position is read that was never written.');
      const bytes = (text: string) => Buffer.from(text, 'base64url').toString('utf8');
      assert.deepEqual(
        JSON.parse(bytes(input)),
        JSON.parse(bytes(written(query, position))),
        'A cursor of another list is accepted.',
      );
      return 'read';
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      assert.equal(fault.kind, 'invalid');
      return fault.faults.map(({ message }) => message).join();
    }
  }).join();
}

const encoded = (text: string) => Buffer.from(text).toString('base64url');

export const target: Target = {
  holds: 'A cursor is accepted only by the list that wrote it, and everything else is refused as invalid.',
  covers: ['core/listing/cursor.ts'],
  seeds: [
    ...QUERIES.flatMap((query) => POSITIONS.map((position) => written(query, position))),
    ...['', 'null', encoded('null'), encoded('{}'), encoded('{"q":"","p":"evt_01"}'), encoded('{"q":1,"p":[]}')],
    encoded(`{"q":"x","p":"${'a'.repeat(257)}"}`),
  ],
  dictionary: [...['{"q":', ',"p":', '"}', 'evt_01', '__proto__'].map(encoded), '=', '-', '_', '+', '/', '%00'],
  check,
};
