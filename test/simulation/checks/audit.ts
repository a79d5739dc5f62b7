import type { AuditEntry } from '../../../core/audit/audit.ts';
import type { MemoryAudit } from '../../fakes/audit.ts';
import type { Judge } from './judge.ts';

/** Actions that do not change an endpoint: their entry is in the trail before they are carried out. */
const ACTIONS = new Set([
  'endpoint.tested',
  'endpoint.secret_revealed',
  'endpoint.headers_revealed',
  'delivery.replayed',
  'delivery.sent_now',
  'job.created',
  'job.cancelled',
]);

/** Every change of an endpoint has its entry, and every entry its change. */
export class AuditChecks {
  readonly #judge: Judge;
  readonly #audit: MemoryAudit;
  readonly #changes = new Map<string, string[]>();

  constructor(judge: Judge, audit: MemoryAudit) {
    this.#judge = judge;
    this.#audit = audit;
  }

  /** An endpoint was written with the entry of its change, which overwrites its previous entry. */
  changed(object: string, entry: AuditEntry | null): void {
    const ids = this.#changes.get(object) ?? [];
    this.#check(object, ids, 'was overwritten before it was in the trail');
    this.#changes.set(object, entry === null ? ids : [...ids, entry.id]);
  }

  /** At the end, when nothing is in progress. */
  checkAllSettled(): void {
    for (const [object, ids] of this.#changes) this.#check(object, ids, 'is lost');
    const known = new Set([...this.#changes.values()].flat());
    for (const { id, action, object } of this.#audit.entries.values()) {
      const isTrue = ACTIONS.has(action) || known.has(id);
      this.#judge.check('audit', object, isTrue, () => `${action} is in the trail, but never happened`);
    }
  }

  #check(object: string, ids: string[], fault: string): void {
    for (const id of ids) this.#judge.check('audit', object, this.#audit.entries.has(id), () => `entry ${id} ${fault}`);
  }
}
