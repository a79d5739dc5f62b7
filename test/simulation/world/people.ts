import { keyHash, mintKey } from '../../../core/keys/key.ts';
import { revokeKey } from '../../../core/keys/manage.ts';
import { Problem } from '../../../core/problem.ts';
import { createSession, endSession, endSessionsOf, redeemCode } from '../../../core/sessions/manage.ts';
import type { NewSession } from '../../../core/sessions/session.ts';
import { Chance } from '../engine/chance.ts';
import { DAY, MINUTE } from '../profile.ts';
import { coldStart, FUNCTION_TIMEOUT_MS } from './operators.ts';
import type { World } from './world.ts';

type Ports = ReturnType<typeof coldStart>;

const TENANTS = ['acme', 'globex'];
const ACTOR = { kind: 'api_key', id: 'key_2', name: 'simulation' } as const;
const TRIES = 3;

interface Person {
  id: string;
  tenant: string;
  code: string;
  key: { id: string; hash: string };
}

/**
 * People at a browser, whose links somebody else may have too: their sessions are begun, used and ended while calls fail.
 * They draw from a chance of their own, so that a world without them stays the same.
 */
export class People {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #people: Person[] = [];
  /** When somebody last asked to end all sessions of a tenant. */
  readonly #endOfAllAt = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.#chance = new Chance(world.seed ^ 0x5e5510);
  }

  start(): void {
    const { profile, scheduler } = this.#world;
    for (let count = 0; count < profile.sessions; count++) {
      scheduler.after(this.#chance.unit() * profile.troubleMs * 0.5, () => this.#signIn());
    }
  }

  /** Every session is made by a key of its own. */
  #signIn(): void {
    const tenant = this.#chance.pick(TENANTS);
    const askedAt = this.#world.clock();
    const wantedKey = { name: 'backend', role: 'admin', tenant, expiresAt: null } as const;
    const { key, secret } = mintKey(wantedKey, this.#world.clock(), this.#chance);
    const parent = { kind: 'api_key', id: keyHash(secret) } as const;
    this.#world.apiKeys.keys.set(parent.id, key);
    const wantedSession: NewSession = {
      ...{ role: 'portal', tenant, subject: 'jo', capabilities: ['view'], parent, createdBy: ACTOR },
      ...{ returnUrl: null, next: null, theme: null, locale: null, lifeMs: DAY, expiresAtMost: null },
    };
    this.#call({
      work: (ports) => createSession(wantedSession, ACTOR, ports),
      answered: ({ session: { id }, code }) => {
        // Such a request ends also what was made while it was under way.
        const endOfAllAt = this.#endOfAllAt.get(tenant) ?? Number.NEGATIVE_INFINITY;
        if (askedAt <= endOfAllAt + FUNCTION_TIMEOUT_MS) this.#world.checks.sessions.endangered(id);
        this.#goOn({ id, tenant, code, key: { id: key.id, hash: parent.id } });
      },
    });
  }

  #goOn(person: Person): void {
    const chance = this.#chance;
    this.#people.push(person);
    // A second one found the link, or the same one opened it twice.
    const others = chance.weighted([
      ['nobody', 3],
      ['somebody', 2],
      ['ten at once', 1],
    ]);
    this.#redeem(person, this.#nonce());
    if (others === 'ten at once') for (let count = 0; count < 9; count++) this.#stealLink(person, 0);
    if (others === 'somebody') this.#stealLink(person, chance.unit() * 10 * MINUTE);
    const ends = [
      ['no end', 3],
      ['end', 1],
      ['end of all', 1],
      ['end of the key', 1],
    ] as const;
    const end = chance.weighted(ends);
    this.#world.scheduler.after(chance.unit() * 20 * MINUTE, () => this.#end(person, end));
  }

  /** A page keeps its nonce, and repeats a request that got no answer. */
  #redeem({ id, code }: Person, nonce: string | undefined): void {
    const { sessions } = this.#world.checks;
    this.#call({
      work: (ports) => redeemCode({ code, nonce }, ports),
      tries: nonce === undefined ? 1 : TRIES,
      answered: ({ token }) => {
        sessions.redeemed(id, token);
        this.#use(id, token);
      },
      refused: ({ message }) => {
        if (message.includes('was used before')) sessions.reused(id);
      },
    });
  }

  #stealLink(person: Person, afterMs: number): void {
    this.#world.scheduler.after(afterMs, () => {
      this.#world.checks.sessions.endangered(person.id);
      this.#redeem(person, this.#chance.happens(0.5) ? this.#nonce() : undefined);
    });
  }

  #nonce(): string {
    return Buffer.from(this.#chance.bytes(16)).toString('base64url');
  }

  /** Whoever has a token uses it for half an hour, whatever the answers. */
  #use(id: string, token: string): void {
    const { scheduler, checks } = this.#world;
    for (let count = 0; count < 12; count++) {
      scheduler.after(this.#chance.unit() * 30 * MINUTE, () => {
        const sinceMs = this.#world.clock();
        this.#call({
          work: (ports) => ports.authenticate(`Bearer ${token}`, 'viewer', 'view'),
          tries: 1,
          answered: () => checks.sessions.used(id, true, sinceMs),
          refused: ({ kind }) => {
            if (kind === 'unauthenticated') checks.sessions.used(id, false, sinceMs);
          },
        });
      });
    }
  }

  #end(person: Person, how: 'no end' | 'end' | 'end of all' | 'end of the key'): void {
    const { id, tenant, key } = person;
    const { sessions } = this.#world.checks;
    const ended =
      how === 'no end' ? [] : how === 'end of all' ? this.#people.filter((one) => one.tenant === tenant) : [person];
    for (const one of ended) sessions.endangered(one.id);
    const work = {
      'no end': async () => undefined,
      end: async (ports: Ports) => {
        const found = await ports.sessions.find(id);
        if (found !== undefined) await endSession(found, ACTOR, ports);
      },
      // A repetition ends also what was made since: nobody can tell it from a new request.
      'end of all': (ports: Ports) => {
        this.#endOfAllAt.set(tenant, this.#world.clock());
        for (const one of this.#people) if (one.tenant === tenant) sessions.endangered(one.id);
        return endSessionsOf(tenant, ACTOR, ports);
      },
      'end of the key': async (ports: Ports) => {
        const found = await ports.keys.find(key.id);
        if (found !== undefined) await revokeKey(found, ACTOR, ports);
      },
    }[how];
    this.#call({
      work,
      answered: () => {
        for (const one of ended) sessions.ended(one.id);
      },
    });
  }

  /** A request to the management API; one without an answer is repeated. */
  #call<Result>(request: {
    work: (ports: Ports) => Promise<Result>;
    tries?: number;
    answered: (result: Result) => void;
    refused?: (problem: Problem) => void;
  }): void {
    const world = this.#world;
    const { work, tries = TRIES, answered, refused } = request;
    const repeat = () => {
      if (tries <= 1) return;
      world.scheduler.after(this.#chance.unit() * 20_000, () => this.#call({ ...request, tries: tries - 1 }));
    };
    let isOver = false;
    const isInvoked = world.invoke<Ports, Result>({
      fn: 'api',
      timeoutMs: FUNCTION_TIMEOUT_MS,
      state: (container) => coldStart(world, container),
      work: (_, ports) => work(ports),
      done: (result, error) => {
        isOver = true;
        if (error instanceof Problem) refused?.(error);
        else if (error !== undefined) repeat();
        // Not even an answer that was made always arrives.
        else if (world.happens('answer lost')) repeat();
        else answered(result as Result);
      },
      over: () => {
        // A crash: `done` is not called.
        queueMicrotask(() => (isOver ? undefined : repeat()));
      },
    });
    if (!isInvoked) repeat();
  }
}
