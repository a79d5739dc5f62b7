import { type IdKind, type Operation, parameterName } from '../../../../lambdas/api/operation.ts';
import { operations } from '../../../../lambdas/api/operations.ts';
import { ApiWorld, type Reply } from '../../../support/api-world.ts';
import { type Caller, keyFor } from './callers.ts';
import { ROWS, type Row } from './rows.ts';

const NOBODYS = '0'.repeat(26);

/** Ids and an event type name that do not exist. */
export const UNKNOWN: Readonly<Record<IdKind, string>> = {
  evt: `evt_${NOBODYS}`,
  ep: `ep_${NOBODYS}`,
  dlv: `dlv_${NOBODYS}_${NOBODYS}`,
  job: `job_${NOBODYS}`,
  key: `key_${NOBODYS}`,
  ses: `ses_${NOBODYS}`,
  ltr: `ltr_fanout_2026-11-22_${'0'.repeat(64)}`,
  event_type: 'no.such.type',
};

/** The row of an operation. */
export function rowOf({ name }: Operation): Row {
  const row = ROWS[name];
  if (row === undefined) throw new Error(`${name} has no row: add one to test/lambdas/api/matrix/rows.ts.`);
  return row;
}

/** The API with resources of tenant acme that every operation can act on. */
export class AcmeWorld {
  readonly api = new ApiWorld();
  readonly #ids: Partial<Record<IdKind, string>> = {};
  #waiting = '';
  #code = '';
  #keys: Partial<Record<Caller, string | null>> = {};

  static async prepare(): Promise<AcmeWorld> {
    const world = new AcmeWorld();
    const { api } = world;
    const endpoint = await api.endpoint({ tenant: 'acme' });
    const event = api.event([endpoint], { tenant: 'acme' });
    await api.payloads.put(event.payload.key, '{}');
    const delivery = api.delivery(event, endpoint);
    world.#waiting = api.delivery(api.event([endpoint], { tenant: 'acme' }), endpoint, {
      status: 'waiting',
      waitingFor: 'backoff',
      nextAttemptAt: api.now + 3_600_000,
      deliveredAt: null,
    });
    const redrive = await api.post('/v1/redrives', { tenant: 'acme' });
    const key = await api.post('/v1/keys', { name: 'n', role: 'producer', tenant: 'acme' });
    const session = await api.post('/v1/portal-sessions', { tenant: 'acme', subject: 'jo' });
    world.#code = session.field('url').split('#code=')[1] ?? '';
    // Of the whole installation, not of acme.
    const type = (await api.request('PUT', '/v1/event-types/catalogue.entry', { body: {} })).field('name');
    await api.unreadable.put({ queue: 'fanout', reason: 'not_json', setAsideAt: api.now, body: '{' });
    const [letter] = (await api.unreadable.list(null, 1)).items;
    const ids = {
      event_type: type,
      ep: endpoint,
      evt: event.id,
      dlv: delivery,
      job: redrive.field('id'),
      key: key.field('id'),
      ses: session.field('id'),
      ltr: letter,
    };
    Object.assign(world.#ids, ids);
    world.#keys = await keyFor(api);
    return world;
  }

  /** The id of acme's resource of a kind. */
  idOf(kind: IdKind): string {
    const id = this.#ids[kind];
    if (id === undefined) throw new Error(`Prepare a thing of kind ${kind} in test/lambdas/api/matrix/acme.ts.`);
    return id;
  }

  /** All ids of acme. */
  get ids(): string[] {
    return [...Object.values(this.#ids), this.#waiting];
  }

  /** One request to an operation, about acme's resource or a non-existent one. */
  send(one: Operation, caller: Caller, options: { about?: 'acme' | 'nobody'; query?: string } = {}): Promise<Reply> {
    const { query: usual = '', waiting, code, body = code ? { code: this.#code } : one.bodyExample } = rowOf(one);
    const { about = 'acme', query = usual } = options;
    const ofAcme = () => (waiting ? this.#waiting : one.id && this.idOf(one.id));
    const id = one.id && (about === 'acme' ? ofAcme() : UNKNOWN[one.id]);
    const path = one.id === undefined ? one.path : one.path.replace(`{${parameterName(one.id)}}`, String(id));
    return this.ask(caller, one.method.toUpperCase(), { path: `${path}${query}`, body });
  }

  /** Any request by one of the callers. */
  ask(caller: Caller, method: string, { path, body }: { path: string; body?: unknown }): Promise<Reply> {
    return this.api.request(method, path, { body, key: this.#keys[caller] ?? null });
  }

  /** Everything that an operator can read, except the day of a key's last use. */
  async everything(): Promise<string[]> {
    const texts: string[] = [];
    for (const one of operations) {
      // A reveal leaves an entry in the audit trail.
      if (one.method !== 'get' || one.role === null || one.name.startsWith('reveal') || !ROWS[one.name]) continue;
      const { text } = await this.send(one, 'admin of all tenants');
      texts.push(text.replaceAll(/"last_used_on":("[^"]*"|null)/g, ''));
    }
    return texts;
  }
}
