import type { components } from '@postrider/client';
import { DAY_MS, MINUTE_MS } from '../../core/durations.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export type System = components['schemas']['System'];
type Key = components['schemas']['Key'];

/** Receivers and AWS refuse signatures that are five minutes off. */
const SKEW_WARN_MS = MINUTE_MS;
const SKEW_FAIL_MS = 5 * MINUTE_MS;
const KEY_ENDS_SOON_MS = 7 * DAY_MS;
/** The same as those of the alarm QueueDepthHigh, and of its line on the dashboard. */
const DEPTH_WARN = 1_000;
const DEPTH_FAIL = 10_000;
/** SQS deletes dead letters after 14 days. */
const LETTER_FAIL_MS = 10 * DAY_MS;
/** Heartbeats come every five minutes; the alarm needs three that are missing. */
const HEARTBEAT_FAIL_MS = 16 * MINUTE_MS;
/** Tasks run every minute, take at most one, and each third run is noted: four minutes are usual, seven if one run failed. */
const TICK_WARN_MS = 5 * MINUTE_MS;
const TICK_FAIL_MS = 8 * MINUTE_MS;

/** What the API tells about the installation, and when it was asked. */
export interface SystemWorld {
  readonly system: System;
  readonly key: Key;
  /** Of this checkout. */
  readonly version: string;
  /** By the local clock, in ms since the epoch: half-way between question and answer. */
  readonly askedAt: number;
  /** Whether the deployment has the function that sends heartbeats. */
  readonly sendsHeartbeats: boolean;
}

/** Judges the answers of `GET /v1/system` and `GET /v1/me`. */
export function systemChecks(world: SystemWorld): Finding[] {
  return [
    versionCheck(world),
    keyCheck(world),
    clockCheck(world),
    depthCheck(world),
    ...deadLetterChecks(world),
    oldestLetterCheck(world),
    tickCheck(world),
    ...heartbeatCheck(world),
  ];
}

function versionCheck({ system, version }: SystemWorld): Finding {
  if (system.version === version) return ok('API', `The stage ${system.stage} answers with version ${version}.`);
  const detail = `The stage ${system.stage} runs version ${system.version}, this checkout is ${version}.`;
  return warn('API', detail, 'Deploy this checkout, or use the one that is deployed.');
}

function keyCheck({ key, askedAt }: SystemWorld): Finding {
  const name = `The key "${key.name}" has the role ${key.role}`;
  if (key.expires_at === null) return ok('key', `${name} and does not expire.`);
  const left = Date.parse(key.expires_at) - askedAt;
  if (left > KEY_ENDS_SOON_MS) return ok('key', `${name} until ${key.expires_at}.`);
  return warn('key', `${name} and expires at ${key.expires_at}.`, 'Create another one: postrider keys create.');
}

function clockCheck({ system, askedAt }: SystemWorld): Finding {
  const skew = Math.abs(Date.parse(system.time) - askedAt);
  const seconds = Math.round(skew / 1000);
  if (skew < SKEW_WARN_MS) return ok('clock', `This machine and the API differ by ${seconds} s.`);
  const detail = `This machine and the API differ by ${seconds} s.`;
  const next = 'Set the clock of this machine, with NTP: signatures are refused when clocks are five minutes apart.';
  return skew < SKEW_FAIL_MS ? warn('clock', detail, next) : fail('clock', detail, next);
}

function depthCheck({ system }: SystemWorld): Finding {
  const deepest = system.queues.toSorted((one, other) => other.waiting - one.waiting)[0];
  const total = system.queues.reduce((sum, { waiting }) => sum + waiting, 0);
  const detail = `${total} messages wait in the queues${total === 0 || deepest === undefined ? '' : `, most of them in ${deepest.name}`}.`;
  if (total < DEPTH_WARN) return ok('queues', detail);
  const next = 'See whether they get fewer (postrider status); if not, docs/runbook.md#a-backlog-grows.';
  return total < DEPTH_FAIL ? warn('queues', detail, next) : fail('queues', detail, next);
}

function deadLetterChecks({ system }: SystemWorld): Finding[] {
  const next: Record<System['dead_letter_queues'][number]['name'], string> = {
    deliveries: 'See why: postrider deliveries list --status dead. Mend it, then postrider redrive.',
    fanout:
      'They return by themselves within minutes; if they stay, see docs/runbook.md#events-come-by-the-dead-letter-queue.',
    rule: 'They return by themselves within minutes; if they stay, see docs/runbook.md#events-come-by-the-dead-letter-queue.',
    jobs: 'See the log of redrive, then postrider dlq redrive jobs.',
    stats: 'See the log of redrive, then postrider dlq redrive stats.',
    continuations: 'See the log of redrive; the next minute does the same work, so that they may be purged.',
  };
  const full = system.dead_letter_queues.filter(({ waiting, in_flight: inFlight }) => waiting + inFlight > 0);
  if (full.length === 0) return [ok('dead letters', 'All dead-letter queues are empty.')];
  return full.map(({ name, waiting, in_flight: inFlight }) =>
    warn('dead letters', `${waiting + inFlight} messages are in the dead-letter queue ${name}.`, next[name]),
  );
}

function oldestLetterCheck({ system, askedAt }: SystemWorld): Finding {
  const { oldest_dead_letter_at: oldest } = system;
  if (oldest === null) return ok('oldest dead letter', 'There is none.');
  const age = askedAt - Date.parse(oldest);
  const days = Math.floor(age / DAY_MS);
  if (age < LETTER_FAIL_MS) return ok('oldest dead letter', `It died at ${oldest}, ${days} days ago.`);
  return fail(
    'oldest dead letter',
    `It died at ${oldest}, ${days} days ago; SQS deletes it after ${system.limits.dead_letter_retention_days}.`,
    'Redrive what is still wanted now: postrider redrive.',
  );
}

function tickCheck({ system }: SystemWorld): Finding {
  const now = Date.parse(system.time);
  const olderThan = (ms: number) => system.ticks.filter(({ at }) => at !== null && now - Date.parse(at) > ms);
  const named = (ticks: System['ticks']) => ticks.map(({ task, at }) => `${task} (last at ${at})`).join(', ');
  const never = system.ticks.filter(({ at }) => at === null);
  const late = olderThan(TICK_WARN_MS);
  const look = 'see the log of redrive, and docs/runbook.md#the-minute-ticks-stopped.';
  if (olderThan(TICK_FAIL_MS).length > 0) {
    return fail(
      'scheduled tasks',
      `These have not ended well lately: ${named(late)}.`,
      `If nothing was deployed just now, ${look}`,
    );
  }
  if (never.length > 0) {
    const names = never.map(({ task }) => task).join(', ');
    const first = 'In the first minute of an installation that is usual: ask again.';
    return warn('scheduled tasks', `These have never ended well: ${names}.`, `${first} If it lasts, ${look}`);
  }
  if (late.length > 0) {
    const next = `Ask again in a minute or two; if it lasts, ${look}`;
    return warn('scheduled tasks', `These have not ended well in the last five minutes: ${named(late)}.`, next);
  }
  return ok('scheduled tasks', `All ${system.ticks.length} ran in the last five minutes.`);
}

/** Nothing for a stage without heartbeats. */
function heartbeatCheck({ system, sendsHeartbeats }: SystemWorld): Finding[] {
  const { heartbeat } = system;
  const next = 'docs/runbook.md#nothing-is-delivered';
  if (heartbeat === null) {
    if (!sendsHeartbeats) return [];
    const first = 'In the first five minutes of an installation that is usual: ask again.';
    return [
      warn(
        'heartbeat',
        'None was ever attempted.',
        `${first} If it lasts, see the log of the heartbeat function, and ${next}.`,
      ),
    ];
  }
  if (heartbeat.delivered_at === null) {
    return [
      fail(
        'heartbeat',
        `That of ${heartbeat.at} has not arrived.`,
        `See the log of the heartbeat function, and ${next}.`,
      ),
    ];
  }
  const age = Date.parse(system.time) - Date.parse(heartbeat.at);
  const minutes = Math.round(age / MINUTE_MS);
  if (age < HEARTBEAT_FAIL_MS) return [ok('heartbeat', `The last one arrived ${minutes} minutes ago.`)];
  return [
    fail('heartbeat', `The last one is ${minutes} minutes old.`, `See the log of the heartbeat function, and ${next}.`),
  ];
}
