/**
 * How loaded a stage is. `busy`: messages come in full batches, to containers that know their tenants and endpoints. `quiet`: each
 * comes alone, to a container that has to read those. A real bill lies between the two.
 */
export type Load = 'busy' | 'quiet';

/**
 * What no bench can count, because it depends on AWS, the network and the receivers. Times are the CPU of bench/README.md on 0.29
 * of a core, and usual times of AWS's answers; sizes are those of our items and log lines, and of Lambda's and the gateway's.
 */
export const ASSUMED = {
  /** Milliseconds of an invocation that handles one request, and those that each further event of a list adds. */
  ingestMs: { busy: 50, quiet: 90 },
  ingestMsPerEvent: 0.5,
  /** Of a batch of the fan-out, without its deliveries; and for each of them. */
  fanoutMs: { busy: 40, quiet: 60 },
  fanoutMsPerDelivery: 0.5,
  /** Of a batch of deliveries, beside the receiver's time: reads, TLS, writes. */
  deliverMs: { busy: 80, quiet: 120 },
  /** Of a scheduled task that finds nothing. */
  tickMs: 40,
  /** Of a heartbeat, which waits until it arrives. */
  heartbeatMs: 1_500,
  /** Messages that one receive, and one invocation, takes from a queue. */
  batch: { busy: 10, quiet: 1 },
  /** Hours that statistics write for each delivery: of its endpoint, its tenant and all tenants. Busy: each endpoint a tenant's only one. */
  statsWrites: { busy: 0.2, quiet: 3 },
  /** Reads of a request to publish: event types are read again after half a second. */
  ingestReadUnits: { busy: 0, quiet: 1 },
  /** A wait in the waiting room: its entry is found, its record is read, and written with the entries of its indexes. */
  swept: { readUnits: 1, writeUnits: 3 },
  /** Reads by the tasks that look for what was lost: docs/adr/041 and 043. */
  followUpReadUnits: { event: 1, delivery: 0.5 },
  /** KB of logs: Lambda's own lines of an invocation, the gateway's line, and ours. */
  invocationLogKb: 0.5,
  accessLogKb: 0.45,
  eventLogKb: 0.3,
  attemptLogKb: 0.65,
  /** KB of the line of metrics: of a request, of a batch of deliveries, of three tasks each minute together. */
  metricsLogKb: { ingest: 0.3, deliver: 0.7, minute: 0.9 },
  /** The share of a log's size that is stored. AWS says how it bills: compressed to about this. */
  logCompression: 0.15,
  /** KB in the ledger with its index entries, kept for 30 days. */
  eventItemKb: 1.9,
  deliveryItemKb: 1.4,
  deadItemKb: 6,
  /** KB to the internet beside the payload: an answer of the API; the headers of a POST; a TLS handshake. */
  apiAnswerKb: 0.5,
  postHeadersKb: 1,
  handshakeKb: 2,
  /** KB that an event's message has beside its payload. */
  envelopeKb: 0.5,
} as const;
