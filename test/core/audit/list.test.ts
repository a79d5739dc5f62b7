import { expect, it } from 'vitest';
import { auditEntry, SYSTEM } from '../../../core/audit/audit.ts';
import { listAudit } from '../../../core/audit/list.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const random = seededRandom(5);
const anEntry = (at: number, tenant: string) =>
  auditEntry({ actor: SYSTEM, action: 'a', object: `ep_${at}`, tenant }, { clock: () => START + at, random });

it('lists every entry once and in order, even if more entries than one request reads belong to others', async () => {
  const audit = new MemoryAudit();
  const mine = [0, 1, 2_000].map((at) => anEntry(at, 'acme'));
  const [flushed, pending, newest] = mine;
  for (const entry of [flushed, newest]) if (entry) await audit.append(entry);
  if (pending) audit.wrote(pending.object, pending);
  for (let at = 2; at < 1_200; at++) audit.wrote(`ep_${at}`, anEntry(at, 'globex'));

  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await listAudit(
      { tenant: 'acme', seesAll: true, object: undefined, range: { from: null, to: null }, limit: 10, cursor },
      { audit, pendingEntries: audit },
    );
    found.push(...items.map(({ id }) => id));
    cursor = next ?? undefined;
  } while (cursor !== undefined);

  expect(found).toEqual(mine.map(({ id }) => id).toReversed());
});
