import { nextCycle } from '../deliveries/advance.ts';
import { type DeliveryLedger, updateRecord } from '../deliveries/ledger.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { type EndedAs, endedAs } from '../deliveries/work-lists.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { dispatch } from '../waiting-room/sweep.ts';
import type { JobCursor, JobScope } from './job.ts';
import { cacheExpirySeconds, PAGE, type PagePorts, type PageResult } from './page.ts';

/**
 * One page of deliveries that ended without success: each starts a new cycle. The walk has one part per shard and way
 * of ending; each part starts with the delivery that ended first.
 */
export async function resendEndedPage(job: JobScope, cursor: JobCursor, ports: PagePorts): Promise<PageResult> {
  const ways: EndedAs[] = job.kind === 'recover' ? ['dead', 'discarded', 'undecided'] : ['dead', 'undecided'];
  const how = ways[Math.floor(cursor.part / ports.shards)] ?? 'dead';
  const { endpointId, range } = job.params;
  const page = await ports.ended.ended(cursor.part % ports.shards, how, range, cursor.after, PAGE);
  const next = following(cursor, page.next, ways.length * ports.shards);
  const keys = page.keys.filter((key) => endpointId === null || key.endpointId === endpointId);
  if (keys.length === 0) return { sent: 0, skipped: 0, next };
  const { records, endpoints } = await ports.ledger.load(keys, [...new Set(keys.map((key) => key.endpointId))]);
  // The index is eventually consistent, and knows neither tenant nor type: the record decides.
  const wanted = [...records.values()].filter((record) => endedAs(record) === how && isWanted(record, job));
  const sendable = wanted.filter((record) => maySend(record, endpoints.get(record.endpointId)?.endpoint, ports));
  const delays = new Map([...endpoints].map(([id, found]) => [id, cacheExpirySeconds(found.endpoint, ports.clock())]));
  const { revived, fault } = await reviveAll(sendable, delays, ports);
  if (fault !== undefined) return { sent: revived, skipped: 0, next: cursor, fault };
  // The rest lost the race: those deliveries are already in progress, or were delivered after all.
  return { sent: revived, skipped: wanted.length - sendable.length, next };
}

function following(cursor: JobCursor, after: string | null, parts: number): JobCursor | null {
  if (after !== null) return { part: cursor.part, after };
  return cursor.part + 1 < parts ? { part: cursor.part + 1, after: null } : null;
}

function isWanted(record: DeliveryRecord, { tenant, params }: JobScope): boolean {
  const { eventType, range } = params;
  if (tenant !== null && record.tenant !== tenant) return false;
  if (eventType !== null && record.eventType !== eventType) return false;
  return record.updatedAt >= (range.from ?? 0) && record.updatedAt < range.to;
}

function maySend(record: DeliveryRecord, endpoint: Endpoint | undefined, { clock }: PagePorts): boolean {
  const isReachable = endpoint !== undefined && endpoint.tenant === record.tenant && endpoint.state !== 'disabled';
  return isReachable && clock() <= record.expiresAt - EXPIRY_MARGIN_MS;
}

/**
 * First moves each record to its next cycle, in the waiting room: only one compare and set can win, and from then on
 * the delivery cannot be lost. Then sends it from there; what a crash leaves unsent is sent by the scheduled sweep.
 */
async function reviveAll(
  records: DeliveryRecord[],
  delays: ReadonlyMap<string, number>,
  ports: PagePorts,
): Promise<{ revived: number; fault: unknown | undefined }> {
  const nowMs = ports.clock();
  const results = await Promise.allSettled(records.map((record) => startCycle(record, nowMs, ports.ledger)));
  const started = results.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
  const rejected = results.find((one) => one.status === 'rejected');
  try {
    await dispatch(
      started.map((record) => ({ record, delaySeconds: delays.get(record.endpointId) ?? 0 })),
      ports,
    );
    return { revived: started.length, fault: rejected?.reason };
  } catch (fault) {
    return { revived: started.length, fault };
  }
}

/** @returns the record in the waiting room, or undefined if another writer moved it first. */
async function startCycle(
  ended: DeliveryRecord,
  nowMs: number,
  ledger: Pick<DeliveryLedger, 'find' | 'put' | 'countDeaths'>,
): Promise<DeliveryRecord | undefined> {
  const next = { cycle: ended.next.cycle + 1, step: 1 };
  const { record, written } = await updateRecord(ledger, ended, ended, (current) => {
    if (current?.status !== ended.status || current.next.cycle !== ended.next.cycle) return undefined;
    const started = nextCycle(current, next, nowMs);
    return { ...started, status: 'waiting', waitingFor: 'backoff', nextAttemptAt: nowMs, forced: true };
  });
  // The second condition: the write succeeded, and its response was lost.
  const isOurs = written || (record?.revision === ended.revision + 1 && record.nextAttemptAt === nowMs);
  return isOurs && record?.status === 'waiting' && record.next.cycle === next.cycle ? record : undefined;
}
