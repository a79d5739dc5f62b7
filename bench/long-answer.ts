/** The path where the receiver answers with a body. */
export const LONG_ANSWER_PATH = '/long-answer';

/** Longer than the stored excerpt of a success. */
export const longAnswer: string = JSON.stringify({ ok: true, message: 'accepted, thank you '.repeat(20) });
