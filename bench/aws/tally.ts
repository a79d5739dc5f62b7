import * as z from 'zod';

/** How often one operation was called, and what DynamoDB would bill for it. */
export const operationTally = z.object({ calls: z.number(), readUnits: z.number(), writeUnits: z.number() });
export type OperationTally = z.output<typeof operationTally>;

/** What a stub counted since its last reset. */
export const stubReport = z.object({
  /** By `Service.Operation`. */
  operations: z.record(z.string(), operationTally),
  /** Sequential round trips: concurrent calls count once. Only while responses come in waves. */
  roundTrips: z.number(),
  /** Bodies sent onwards: details of bus entries and bodies of queue messages. */
  sent: z.array(z.string()),
});
export type StubReport = z.output<typeof stubReport>;

/** What one call cost. */
export interface Cost {
  readonly readUnits?: number;
  readonly writeUnits?: number;
}

/** At most this many bodies are kept per destination. */
const SENT_MAX = 2_000;

/** Counts calls by service and operation. */
export class Tally {
  #operations = new Map<string, OperationTally>();
  #sent = new Map<string, string[]>();

  add(operation: string, { readUnits = 0, writeUnits = 0 }: Cost = {}): void {
    const old = this.#operations.get(operation) ?? { calls: 0, readUnits: 0, writeUnits: 0 };
    this.#operations.set(operation, {
      calls: old.calls + 1,
      readUnits: old.readUnits + readUnits,
      writeUnits: old.writeUnits + writeUnits,
    });
  }

  /** @param destination the bus, or a queue's URL. */
  keepSent(destination: string, bodies: readonly string[]): void {
    const kept = this.#sent.get(destination) ?? [];
    if (kept.length < SENT_MAX) kept.push(...bodies);
    this.#sent.set(destination, kept);
  }

  reset(): void {
    this.#operations = new Map();
    this.#sent = new Map();
  }

  report(roundTrips: number): StubReport {
    return { operations: Object.fromEntries(this.#operations), roundTrips, sent: [...this.#sent.values()].flat() };
  }
}
