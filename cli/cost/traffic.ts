import type { Stage } from '../../lib/stage.ts';
import { ASSUMED, type Load } from './assumptions.ts';
import { countedUsage } from './counted.ts';
import { sumOf, timesOf, type Unit, type Usage } from './prices.ts';

/** What is published, and how it fares. */
export interface Traffic {
  /** Events of one request: 1, or a list of up to 100. */
  readonly list: number;
  /** Deliveries of an event. */
  readonly fanout: number;
  readonly payloadKb: number;
  /** Milliseconds until a receiver answers. */
  readonly receiverMs: number;
  /** The share of attempts that fail and are made again. */
  readonly failureRate: number;
  /** The share of deliveries whose ten attempts all fail. */
  readonly deadRate: number;
}

/** Attempts of the default policy. */
export const ATTEMPTS_MAX = 10;
/** A body of more travels by reference. */
const INLINE_KB_MAX = 60;
const KB_OF_MESSAGES = 64;
const KB_OF_API_REQUESTS = 512;
const KB_IN_GB = 1024 ** 2;
const DAYS_OF_A_MONTH = 30;
/** Waits of the default policy that are longer than SQS can delay: the sweep sends the message, and clears its entry. */
const SWEPT_WAITS = 5;

/** The note of what was sent grows with the deliveries. */
const NOTE_UNITS_PER_DELIVERY =
  ((countedUsage('fanout-50-of-50').writeUnits ?? 0) - (countedUsage('fanout-1-of-50').writeUnits ?? 0)) / 49;

const chunks = (kb: number, of: number) => Math.max(1, Math.ceil(kb / of));
const messageKb = (payloadKb: number) => ASSUMED.envelopeKb + (payloadKb > INLINE_KB_MAX ? 0 : payloadKb);

function lambda(stage: Stage, name: 'ingest' | 'fanout' | 'deliver', invocations: number, ms: number): Usage {
  const gb = stage.functions[name].memoryMb / 1024;
  return { invocations, gbSeconds: (invocations * ms * gb) / 1000 };
}

/** Lines of logs, taken in and stored. */
export function logs({ logRetentionDays }: Stage, kb: number): Usage {
  const gb = kb / KB_IN_GB;
  return { logGb: gb, logGbMonths: (gb * ASSUMED.logCompression * logRetentionDays) / DAYS_OF_A_MONTH };
}

/** A message's way through a fair queue, from its receive on, in batches. */
function received(load: Load, kb: number): Usage {
  const batch = ASSUMED.batch[load];
  const requests = chunks(kb * batch, KB_OF_MESSAGES) / batch + 1 / batch;
  return { sqsRequests: requests, fairRequests: requests };
}

/** What accepting one event and sending it on uses, without its deliveries. */
export function eventUsage(stage: Stage, load: Load, { list, payloadKb, fanout }: Traffic, hasMetrics: boolean): Usage {
  const batch = ASSUMED.batch[load];
  const request = 1 / list;
  // A list shares its objects, entries on the bus and messages; the bench counted a list of 100.
  const detailKb = messageKb(payloadKb) * list;
  const detailChunks = chunks(detailKb, KB_OF_MESSAGES) / list;
  const ingested = without(countedUsage(list > 1 ? 'ingest-100' : 'ingest-one'), 's3Puts', 'busEvents');
  const ingestMs = ASSUMED.ingestMs[load] + ASSUMED.ingestMsPerEvent * (list - 1);
  // Sends are counted with the delivery that they are for.
  const fannedOut = without(countedUsage(load === 'busy' ? 'fanout-1-of-50' : 'fanout-alone'), 'sqsRequests');
  const fanouts = list > 1 ? request : 1 / batch;
  const fanoutMs = ASSUMED.fanoutMs[load] + (ASSUMED.fanoutMsPerDelivery * fanout) / fanouts;
  const metricsKb = hasMetrics ? ASSUMED.metricsLogKb.ingest * request : 0;
  return sumOf(
    ingested,
    { s3Puts: request, busEvents: detailChunks, readUnits: ASSUMED.ingestReadUnits[load] * request },
    { apiRequests: chunks(payloadKb * list, KB_OF_API_REQUESTS) / list },
    lambda(stage, 'ingest', request, ingestMs),
    logs(stage, (ASSUMED.accessLogKb + ASSUMED.invocationLogKb + ASSUMED.eventLogKb) * request + metricsKb),
    { transferGb: (ASSUMED.apiAnswerKb * request) / KB_IN_GB },
    // EventBridge's send is billed to the queue.
    { sqsRequests: detailChunks, fairRequests: detailChunks },
    timesOf(received(load, detailKb), request),
    fannedOut,
    { writeUnits: NOTE_UNITS_PER_DELIVERY * Math.max(0, fanout - 1) },
    lambda(stage, 'fanout', fanouts, fanoutMs),
    logs(stage, ASSUMED.invocationLogKb * fanouts),
    { readUnits: ASSUMED.followUpReadUnits.event },
    kept(stage, ASSUMED.eventItemKb),
    { s3GbMonths: (payloadKb / KB_IN_GB) * monthsKept(stage) },
  );
}

/** What one attempt uses, with its message: acknowledged, or failed and made again. */
function attemptUsage(
  stage: Stage,
  load: Load,
  { payloadKb, receiverMs }: Traffic,
  hasMetrics: boolean,
  counted: Usage,
): Usage {
  const batch = ASSUMED.batch[load];
  const kb = messageKb(payloadKb);
  const sends = chunks(kb * batch, KB_OF_MESSAGES) / batch;
  return sumOf(
    { sqsRequests: sends, fairRequests: sends },
    received(load, kb),
    without(counted, 'sqsRequests'),
    { ...(payloadKb > INLINE_KB_MAX && { s3Gets: 1 }) },
    lambda(stage, 'deliver', 1 / batch, ASSUMED.deliverMs[load] + receiverMs),
    logs(
      stage,
      ASSUMED.attemptLogKb + (ASSUMED.invocationLogKb + (hasMetrics ? ASSUMED.metricsLogKb.deliver : 0)) / batch,
    ),
    { transferGb: (payloadKb + ASSUMED.postHeadersKb + ASSUMED.handshakeKb) / KB_IN_GB },
    // An invocation sends its tallies as one message, which is received with nine others.
    { sqsRequests: (1 + 2 / 10) / batch, writeUnits: ASSUMED.statsWrites[load] },
  );
}

/** What a delivery uses that succeeds at once. */
export function deliveryUsage(stage: Stage, load: Load, traffic: Traffic, hasMetrics: boolean): Usage {
  const counted = countedUsage(load === 'busy' ? 'deliver-10-endpoints' : 'deliver-alone');
  return sumOf(
    attemptUsage(stage, load, traffic, hasMetrics, counted),
    { readUnits: ASSUMED.followUpReadUnits.delivery },
    kept(stage, ASSUMED.deliveryItemKb),
  );
}

/** What an attempt adds that fails, with 1 KB of answer, and is made again. */
export function retryUsage(stage: Stage, load: Load, traffic: Traffic, hasMetrics: boolean): Usage {
  return attemptUsage(stage, load, traffic, hasMetrics, countedUsage('first-failure'));
}

/** What a delivery uses whose ten attempts fail: nine, a last one like them, its further receives, and the sweep. */
export function deadUsage(stage: Stage, load: Load, traffic: Traffic, hasMetrics: boolean): Usage {
  const counted = timesOf(countedUsage('nine-failures'), 1 / (ATTEMPTS_MAX - 1));
  return sumOf(
    timesOf(attemptUsage(stage, load, traffic, hasMetrics, counted), ATTEMPTS_MAX),
    // SQS moves a message to the dead-letter queue after five receives: four more.
    timesOf(
      sumOf(received(load, messageKb(traffic.payloadKb)), { readUnits: 1, invocations: 1 / ASSUMED.batch[load] }),
      4,
    ),
    timesOf(ASSUMED.swept, SWEPT_WAITS),
    { readUnits: ASSUMED.followUpReadUnits.delivery },
    kept(stage, ASSUMED.deadItemKb),
  );
}

const monthsKept = ({ retentionDays }: Stage) => retentionDays / DAYS_OF_A_MONTH;
const kept = (stage: Stage, kb: number): Usage => ({ tableGbMonths: (kb / KB_IN_GB) * monthsKept(stage) });

function without(usage: Usage, ...units: readonly Unit[]): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([unit]) => !units.some((other) => other === unit)));
}
