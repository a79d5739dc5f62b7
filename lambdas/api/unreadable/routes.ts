import { LETTER_ID } from '../../../core/fanout/unreadable-letter.ts';
import type { Caller } from '../../../core/keys/authenticate.ts';
import { readCursor, writeCursor } from '../../../core/listing/cursor.ts';
import { Problem } from '../../../core/problem.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { notFound } from '../scope.ts';
import * as operations from './operations.ts';
import { letterOnWire, listedLetterOnWire } from './schemas.ts';

const QUERY = ['unreadable'];

/** The routes of messages that were set aside. Their tenant is not known. */
export function unreadableRoutes({ unreadable }: ApiPorts): Route[] {
  return [
    listRoute(operations.listUnreadable, async ({ key, query: { limit, cursor } }) => {
      refuseBound(key);
      const { items, next } = await unreadable.list(readCursor(QUERY, cursor, LETTER_ID), limit);
      return { data: items.map(listedLetterOnWire), next: writeCursor(QUERY, next) };
    }),

    route(operations.getUnreadable, async ({ key, id }) => {
      refuseBound(key);
      const letter = await unreadable.find(id);
      if (letter === undefined) throw notFound('unreadable message');
      return { value: letterOnWire(id, letter) };
    }),
  ];
}

function refuseBound({ tenant }: Caller): void {
  if (tenant === null) return;
  throw new Problem(
    'forbidden',
    'Unreadable messages may hold events of any tenant: read them with a key that is bound to none.',
  );
}
