import type { ReactNode } from 'react';
import type { DeliverySummary, Endpoint } from '../api/types.ts';
import { words } from '../words/words.ts';
import { useNow } from './Time.tsx';

/** What a state means for whoever looks: the colour of its mark. The word beside it says the same. */
type Tone = 'good' | 'busy' | 'held' | 'bad' | 'quiet';

export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

const TONES = {
  pending: 'busy',
  retrying: 'busy',
  waiting: 'held',
  delivered: 'good',
  dead: 'bad',
  discarded: 'quiet',
} as const;

/** Whether a status names a time that comes nearer. */
export const hasRunningTime = ({ next_attempt_at: nextAt }: DeliverySummary): boolean => nextAt !== null;

/** A delivery's status in words, with the reason and what happens next. */
export function DeliveryStatus({ delivery, children }: { delivery: DeliverySummary; children?: ReactNode }) {
  return (
    <StatusAt delivery={delivery} nowMs={useNow(hasRunningTime(delivery))}>
      {children}
    </StatusAt>
  );
}

/** When an endpoint whose circuit is open is tried again. */
export function NextProbe({ endpoint: { health } }: { endpoint: Pick<Endpoint, 'health'> }) {
  const { next_probe_at: at } = health;
  const nowMs = useNow(at !== null);
  if (at === null) return null;
  const inMs = Date.parse(at) - nowMs;
  const texts = words.delivery.next;
  return <span>{inMs < 1_000 ? texts.probeDue : texts.probeIn(inMs)}.</span>;
}

/** The same at a time, for lists: one clock is enough for all of their rows. */
export function StatusAt(props: { delivery: DeliverySummary; nowMs: number; children?: ReactNode }) {
  const { delivery, nowMs, children } = props;
  const { status, waiting_for: held } = delivery;
  const texts = words.delivery;
  const word = status === 'waiting' && held !== null ? texts.waitsFor[held] : texts.status[status];
  return (
    <span className="status">
      <Badge tone={TONES[status]}>{word}</Badge>
      <span className="reason">{reasonOf(delivery, nowMs).join('\u00a0· ')}</span>
      {children}
    </span>
  );
}

/** Why a delivery is where it is, and what happens next; each a short sentence without its full stop. */
function reasonOf(delivery: DeliverySummary, nowMs: number): string[] {
  const { status, waiting_for: held, next_attempt_at: nextAt, attempt_count: attempts } = delivery;
  const texts = words.delivery;
  const inMs = nextAt === null ? undefined : Date.parse(nextAt) - nowMs;
  const next = inMs === undefined ? [] : [inMs < 1_000 ? texts.next.soon : texts.next.in(inMs)];
  switch (status) {
    case 'pending':
      return [texts.next.pending];
    case 'retrying':
      return [...lastError(delivery), ...next];
    case 'waiting':
      if (held === 'paused') return [texts.next.paused];
      if (held === 'circuit') return [texts.next.circuit];
      if (held === 'rate_limit') {
        return [inMs === undefined || inMs < 1_000 ? texts.next.rateLimit : texts.next.slotIn(inMs)];
      }
      return [...lastError(delivery), ...next];
    case 'delivered':
      return [texts.next.delivered(attempts)];
    case 'dead':
      return [
        ...(delivery.death_reason === null
          ? []
          : delivery.death_reason === 'exhausted'
            ? [texts.death.exhausted(attempts)]
            : [texts.death[delivery.death_reason]]),
        ...lastError(delivery),
      ];
    case 'discarded':
      return delivery.discard_reason === null ? [] : [texts.discard[delivery.discard_reason]];
  }
}

/** The last error in words: the API gives a code, maybe after the reason of a death, or `http_status` and the status. */
function lastError({ last_error: error, death_reason: reason }: DeliverySummary): string[] {
  if (error === null || reason === 'gone') return [];
  const code = error.replace(/^\w+: /, '');
  const [, status] = /^http_status (\d+)$/.exec(code) ?? [];
  if (status !== undefined) return [words.delivery.answered(Number(status))];
  const errors: Readonly<Record<string, { what: string }>> = words.delivery.errors;
  return Object.hasOwn(errors, code) ? [errors[code]?.what ?? ''] : [];
}

/** An endpoint's state, and its circuit where that says more. */
export function EndpointState({ endpoint }: { endpoint: Pick<Endpoint, 'state' | 'health'> }) {
  const { state, health } = endpoint;
  const texts = words.endpoint;
  if (state === 'disabled') return <Badge tone="bad">{texts.state.disabled}</Badge>;
  if (state === 'paused') return <Badge tone="held">{texts.state.paused}</Badge>;
  if (health.circuit !== 'closed') return <Badge tone="bad">{texts.circuitShort[health.circuit]}</Badge>;
  return <Badge tone="good">{texts.state.active}</Badge>;
}
