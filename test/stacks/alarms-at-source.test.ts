import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeliveryMessage } from '../../core/deliveries/message.ts';
import { sweepDue } from '../../core/waiting-room/sweep.ts';
import { metering } from '../../lambdas/deliver/observer.ts';
import { report } from '../../lambdas/heartbeat/report.ts';
import { measuredBy } from '../../lambdas/redrive/housekeeping.ts';
import { createLogger } from '../../lambdas/runtime/logger.ts';
import { Meter } from '../../lambdas/runtime/meter.ts';
import { createMetrics } from '../../lambdas/runtime/metrics.ts';
import { DeadLetterWorld, EXPIRES_SOON } from '../core/dead-letters/world.ts';
import { HeartbeatWorld } from '../core/heartbeat/heartbeat-world.ts';
import { createMemoryWaitingRoom } from '../fakes/deliveries.ts';
import { type AlarmState, CloudWatch, periodOf } from '../support/cloudwatch-alarm.ts';
import { aMessage, anEndpoint, DAY, START } from '../support/delivery-world.ts';
import { watchConsole } from '../support/emitted.ts';
import { aRun } from '../support/task-run.ts';
import { alarmsOf } from './alarms.ts';
import { synthesise } from './synthesised.ts';

const MINUTE = 60_000;
const HOUR = 60;
const alarms = alarmsOf(synthesise('prod'));

/** The deliver function and the scheduled tasks in virtual time, what they emit, and what the alarms make of it. */
class WatchedWorld extends DeadLetterWorld {
  readonly #cloudWatch = new CloudWatch();
  readonly #lines = watchConsole();
  readonly #emit = createMetrics('prod');
  #meter = new Meter();
  #events = 0;

  constructor() {
    super();
    const { observer } = this.ports;
    this.ports = {
      ...this.ports,
      observer: {
        ...observer,
        attempted: (...what) => metering(observer, this.#meter).attempted(...what),
        ended: (...what) => metering(observer, this.#meter).ended(...what),
      },
    };
    this.reconcilePorts = {
      ...this.reconcilePorts,
      compared: (...what) => measuredBy(this.#meter).compared?.(...what),
      ourFault: (...what) => measuredBy(this.#meter).ourFault?.(...what),
    };
  }

  /** Another event for the endpoint. */
  async another(changes: Partial<DeliveryMessage> = {}): Promise<void> {
    this.#events += 1;
    const expiresAt = this.now + 30 * DAY;
    await this.send(aMessage({ eventId: `evt_${this.#events}`, acceptedAt: this.now, expiresAt, ...changes }));
  }

  override async tick(): Promise<number> {
    const { ledger } = this;
    const room = createMemoryWaitingRoom(ledger);
    const overdue = (lateMs: number) => this.#meter.level('OverdueSeconds', Math.ceil(lateMs / 1000));
    // As the handler does: the tick fails, and what was measured before is emitted.
    const ports = { room, ledger, queue: this.ports.queue, clock: () => this.now, shards: 1, overdue };
    await sweepDue(aRun(this.now), ports).catch(() => undefined);
    return super.tick().catch(() => 0);
  }

  /** Lets minutes pass; in each of them something happens. */
  async pass(minutes: number, happens: () => Promise<void> = async () => undefined): Promise<this> {
    for (let i = 0; i < minutes; i++) {
      const beginning = this.now;
      await happens();
      await this.run(beginning + MINUTE - this.now);
      await this.reconcile();
      this.#report(beginning);
    }
    return this;
  }

  /** Emits what was measured, at a time. */
  #report(atMs: number): void {
    vi.setSystemTime(atMs);
    this.#emit?.(this.#meter.measured);
    this.#meter = new Meter();
    for (const line of this.#lines.splice(0)) this.#cloudWatch.log(line);
  }

  /** A heartbeat, as the function sends and reports it. */
  async beat(heart: HeartbeatWorld): Promise<void> {
    vi.setSystemTime(this.now);
    heart.now = START;
    await report(() => heart.beat(), { logger: createLogger('heartbeat'), emit: this.#emit });
  }

  /** The alarm's state after the last period that is over. */
  state(name: string): AlarmState {
    const alarm = alarms[name];
    if (alarm === undefined) throw new Error(`There is no alarm ${name}.`);
    const periodMs = periodOf(alarm) * 1000;
    return this.#cloudWatch.stateAt(Math.floor(this.now / periodMs) * periodMs, alarm);
  }
}

let world: WatchedWorld;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = new WatchedWorld();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const several =
  (count: number, changes: () => Partial<DeliveryMessage> = () => ({})) =>
  async () => {
    for (let i = 0; i < count; i++) await world.another(changes());
  };

describe('at its source', () => {
  it('StartDelayHigh: our queue is late, and catches up', async () => {
    await world.pass(10, several(2));
    expect(world.state('StartDelayHigh')).toBe('OK');

    await world.pass(
      6,
      several(2, () => ({ acceptedAt: world.now - 6_000 })),
    );
    expect(world.state('StartDelayHigh')).toBe('ALARM');

    await world.pass(2, several(2));
    expect(world.state('StartDelayHigh')).toBe('OK');
  });

  it('AttemptsSlow: a receiver hangs, which is not a late start of ours, and recovers', async () => {
    world.answerMs = 6_000;
    await world.pass(16, several(1));
    expect(world.state('AttemptsSlow')).toBe('ALARM');
    expect(world.state('StartDelayHigh')).toBe('OK');

    world.answerMs = 20;
    await world.pass(10, several(1));
    expect(world.state('AttemptsSlow')).toBe('OK');
  });

  it('RetryRateHigh: a receiver refuses one request in eight, and stops it', async () => {
    world.answer = (post) => (post % 8 === 0 ? 500 : 200);
    await world.pass(HOUR, several(4));
    expect(world.state('RetryRateHigh')).toBe('ALARM');
    expect(world.state('DeliveryRateLow')).toBe('OK');

    world.answer = () => 200;
    await world.pass(HOUR, several(4));
    expect(world.state('RetryRateHigh')).toBe('OK');
  });

  it('DeliveryRateLow: one delivery in twenty dies of its receiver, until it is mended', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = (post) => (post % 20 === 0 ? 500 : 200);
    await world.pass(HOUR, several(4));
    expect(world.state('DeliveryRateLow')).toBe('ALARM');
    expect(world.state('OurFaultDead')).toBe('OK');

    world.answer = () => 200;
    await world.pass(HOUR, several(4));
    expect(world.state('DeliveryRateLow')).toBe('OK');
  });

  it('DeadSurge: a thousand events expire in an hour, and no more', async () => {
    await world.pass(
      HOUR,
      several(17, () => ({ expiresAt: world.now + MINUTE })),
    );
    expect(world.state('DeadSurge')).toBe('ALARM');

    await world.pass(3 * HOUR);
    expect(world.state('DeadSurge')).toBe('OK');
  });

  it('OurFaultResent: a message crashes five times, and its delivery goes on by itself', async () => {
    await world.another();
    world.crash();
    await world.pass(HOUR);
    expect(world.state('OurFaultResent')).toBe('ALARM');
    expect(world.state('OurFaultDead')).toBe('OK');
    expect(world.record()).toMatchObject({ status: 'delivered' });

    await world.pass(4 * HOUR);
    expect(world.state('OurFaultResent')).toBe('OK');
  });

  it('OurFaultDead: a message crashes five times, and there is no time for another round', async () => {
    await world.another(EXPIRES_SOON);
    world.crash();
    await world.pass(6);
    expect(world.record()).toMatchObject({ status: 'dead', deathReason: 'our_fault' });
    expect(world.state('OurFaultDead')).toBe('ALARM');

    await world.pass(20);
    expect(world.state('OurFaultDead')).toBe('OK');
  });

  it('LettersUnexplained: somebody puts a message into the dead-letter queue, and removes it', async () => {
    world.queues.send(world.deadLetters, { body: 'not a delivery' });
    await world.pass(HOUR + 10);
    expect(world.state('LettersUnexplained')).toBe('ALARM');

    world.queues.purge(world.deadLetters);
    await world.pass(20);
    expect(world.state('LettersUnexplained')).toBe('OK');
  });

  it('LettersExpire: a dead letter is more than ten days old, until it is gone', async () => {
    await world.another(EXPIRES_SOON);
    world.crash();
    await world.pass(HOUR);
    expect(world.state('LettersExpire')).toBe('OK');

    world.now += 10.5 * DAY;
    await world.pass(2 * HOUR);
    expect(world.state('LettersExpire')).toBe('ALARM');

    world.now += 4 * DAY;
    await world.pass(2 * HOUR);
    expect(world.state('LettersExpire')).toBe('OK');
  });

  it('WaitingOverdue: the delivery queue takes nothing while a retry is due, and takes it again', async () => {
    const { send } = world.ports.queue;
    world.answer = (post) => (post < 6 ? 500 : 200);
    await world.another();
    await world.pass(10);
    expect(world.record()).toMatchObject({ status: 'waiting' });
    world.ports.queue.send = () => Promise.reject(new Error('SQS is down'));
    await world.pass(30);
    expect(world.state('WaitingOverdue')).toBe('ALARM');

    world.ports.queue.send = send;
    await world.pass(10);
    expect(world.state('WaitingOverdue')).toBe('OK');
    expect(world.record()).toMatchObject({ status: 'delivered' });
  });

  it('HeartbeatFails: no delivery arrives any more, then no heartbeat is sent at all, and both are mended', async () => {
    const heart = new HeartbeatWorld();
    const beating = async () => {
      if (world.now % (5 * MINUTE) === 0) await world.beat(heart);
    };
    const delivered = { status: 'delivered', deliveredAt: START + 700 } as const;
    heart.recordAt = () => delivered;
    await world.pass(20, beating);
    expect(world.state('HeartbeatFails')).toBe('OK');

    heart.recordAt = () => undefined;
    await world.pass(15, beating);
    expect(world.state('HeartbeatFails')).toBe('ALARM');

    heart.recordAt = () => delivered;
    await world.pass(5, beating);
    expect(world.state('HeartbeatFails')).toBe('OK');

    await world.pass(15);
    expect(world.state('HeartbeatFails')).toBe('ALARM');
  });
});
