import { type Clock, isoTime } from '../../core/clock.ts';
import type { Job } from '../../core/jobs/job.ts';
import type { JobStore } from '../../core/jobs/store.ts';

/** The ledger's jobs in memory: compare and set is exact, values are always copied. */
export class MemoryJobStore implements JobStore {
  readonly jobs = new Map<string, Job>();
  readonly #clock: Clock;

  /** @param clock decides what is expired. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  #isUnexpired = (job: Job) => job.expiresAt > this.#clock();

  find: JobStore['find'] = async (id) => {
    const job = this.jobs.get(id);
    return job && this.#isUnexpired(job) ? structuredClone(job) : undefined;
  };

  put: JobStore['put'] = async (job, expected) => {
    if ((this.jobs.get(job.id)?.revision ?? null) !== expected) return false;
    this.jobs.set(job.id, structuredClone(job));
    return true;
  };

  walk: JobStore['walk'] = async (tenant, after, limit) => {
    const rest = [...this.jobs.values()]
      .filter((job) => tenant === null || job.tenant === tenant)
      .map((item) => ({ item, position: `${isoTime(item.createdAt)}#${item.id}` }))
      .filter(({ position }) => after === null || position < after)
      .sort((one, other) => (one.position < other.position ? 1 : -1));
    const looked = rest.slice(0, limit);
    return {
      found: structuredClone(looked.filter(({ item }) => this.#isUnexpired(item))),
      examined: looked.length,
      next: rest.length > limit ? (looked.at(-1)?.position ?? null) : null,
    };
  };

  listRunning: JobStore['listRunning'] = async () =>
    structuredClone([...this.jobs.values()].filter((job) => job.status === 'running' && this.#isUnexpired(job)));
}
