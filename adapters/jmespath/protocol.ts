import type { Evaluation } from '../../core/subscriptions/filter.ts';

/** A question to the thread that evaluates filters. */
export interface Question {
  id: number;
  envelope: string;
  filters: readonly string[];
  steps: number;
}

/** Its answer: one per question, in order. */
export interface Answer extends Evaluation {
  id: number;
}

/** Whether a message is an answer: both sides are ours, so its parts need no validation. */
export function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'id' in message && 'judgements' in message;
}
