import { beforeEach, describe, expect, it } from 'vitest';
import { type AuditEntry, auditEntry, SYSTEM } from '../../../core/audit/audit.ts';
import { type FlushPorts, flushPendingEntries } from '../../../core/audit/flush.ts';
import { listAudit } from '../../../core/audit/list.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { aRun, timeFor } from '../../support/task-run.ts';
import { unreliable } from '../../support/unreliable.ts';

const random = seededRandom(5);
const OPEN = { from: null, to: null };
let audit: MemoryAudit;
let ports: FlushPorts;

beforeEach(() => {
  audit = new MemoryAudit();
  ports = { audit, pendingEntries: audit };
});

function carry(object: string, changes: { at?: number; isGone?: boolean; tenant?: string | null } = {}): AuditEntry {
  const { at = START, isGone = false, tenant = 'acme' } = changes;
  const entry = auditEntry({ actor: SYSTEM, action: 'endpoint.updated', object, tenant }, { clock: () => at, random });
  audit.wrote(object, entry, { isGone });
  return entry;
}

async function listed(): Promise<AuditEntry[]> {
  const all = { tenant: null, seesAll: true, object: undefined, range: OPEN, limit: 100, cursor: undefined };
  return (await listAudit(all, { audit, pendingEntries: audit })).items;
}

describe('the scheduled audit task', () => {
  it('copies pending entries to the trail, and removes them from their items the next time', async () => {
    const entry = carry('ep_1');
    expect(await flushPendingEntries(aRun(START), ports)).toBe(1);
    expect([[...audit.entries.values()], audit.pendingEntries, await listed()]).toEqual([[entry], [entry], [entry]]);
    expect(await flushPendingEntries(aRun(START), ports)).toBe(0);
    expect([[...audit.entries.values()], audit.pendingEntries, await listed()]).toEqual([[entry], [], [entry]]);
    expect(audit.of('ep_1').changeId).toBe(entry.id);
    expect(await flushPendingEntries(aRun(START), ports)).toBe(0);
  });

  it('removes the tombstone of a deleted object', async () => {
    carry('ep_1', { isGone: true });
    await flushPendingEntries(aRun(START), ports);
    expect(audit.hasTombstone('ep_1')).toBe(true);
    await flushPendingEntries(aRun(START), ports);
    expect(audit.hasTombstone('ep_1')).toBe(false);
    expect(await listed()).toHaveLength(1);
  });

  it('processes all pending entries, however many', async () => {
    for (let at = 0; at < 120; at++) carry(`ep_${at}`, { at: START + at });
    expect(await flushPendingEntries(aRun(START), ports)).toBe(120);
    await flushPendingEntries(aRun(START), ports);
    expect([audit.pendingEntries.length, audit.entries.size]).toEqual([0, 120]);
  });

  it('ends in time, and continues in the next run', async () => {
    for (let at = 0; at < 120; at++) carry(`ep_${at}`, { at: START + at });
    const minutes = [0, 1, 2, 3, 4, 5, 6];
    for (const minute of minutes) {
      await flushPendingEntries(aRun(START + minute * 60_000, { remainingMs: timeFor(2) }), ports);
    }
    expect([audit.pendingEntries.length, audit.entries.size]).toEqual([0, 120]);
  });

  it.each(['before', 'after', 'repeated'] as const)(
    'neither loses an entry nor stops when a call fails (%s)',
    async (way) => {
      const entries = [carry('ep_1'), carry('ep_2'), carry('ep_3')];
      let calls = 0;
      const append = unreliable(audit.append, () => (calls++ === 1 ? way : false));
      const tick = flushPendingEntries(aRun(START), { ...ports, audit: { append } });
      if (way === 'repeated') await tick;
      else await expect(tick).rejects.toThrow('1 audit entries');
      expect(audit.entries.size).toBe(way === 'before' ? 2 : 3);
      expect((await listed()).map(({ id }) => id).sort()).toEqual(entries.map(({ id }) => id).sort());
      for (let minute = 0; minute < 2; minute++) await flushPendingEntries(aRun(START), ports);
      expect([audit.pendingEntries, audit.entries.size]).toEqual([[], 3]);
    },
  );

  it('keeps the entry of a change made meanwhile', async () => {
    carry('ep_1');
    await flushPendingEntries(aRun(START), ports);
    const stretch = await audit.list(OPEN, null, 10);
    const next = carry('ep_1', { at: START + 1 });
    await flushPendingEntries(aRun(START), { ...ports, pendingEntries: { list: async () => stretch } });
    expect(audit.pendingEntries).toEqual([next]);
  });
});
