/** What the receiver answers: a status, or nothing at all. */
export type Answer = number | 'hang';

export interface AnswerPlan {
  /** Answer to every attempt that is not failed on purpose. */
  readonly answer: Answer;
  /** So many first attempts of each webhook id are answered 500. */
  readonly failFirst: number;
}

/** Decides each answer, remembering how often a webhook was seen. */
export function planAnswers({ answer, failFirst }: AnswerPlan): (webhookId: string) => Answer {
  const seen = new Map<string, number>();
  return (webhookId) => {
    const attempts = (seen.get(webhookId) ?? 0) + 1;
    seen.set(webhookId, attempts);
    return attempts <= failFirst ? 500 : answer;
  };
}
