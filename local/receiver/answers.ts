/** The receiver's answer: a status, or none at all. */
export type Answer = number | 'hang';

export interface AnswerPlan {
  /** Answer to every attempt that does not fail on purpose. */
  readonly answer: Answer;
  /** How many first attempts of each webhook id get a 500. */
  readonly failFirst: number;
}

/** Decides each answer by how often the webhook was received. */
export function planAnswers({ answer, failFirst }: AnswerPlan): (webhookId: string) => Answer {
  const seen = new Map<string, number>();
  return (webhookId) => {
    const attempts = (seen.get(webhookId) ?? 0) + 1;
    seen.set(webhookId, attempts);
    return attempts <= failFirst ? 500 : answer;
  };
}
