import type { Judged } from '../../core/subscriptions/filter.ts';

/** What is asked of the thread that evaluates filters. */
export interface Question {
  id: number;
  envelope: string;
  filters: readonly string[];
  steps: number;
}

/** What it answers: to each question once, in their order. */
export interface Answer extends Judged {
  id: number;
}

/** Whether something is an answer: both sides are ours, so its parts need no look. */
export function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'id' in message && 'judgements' in message;
}
