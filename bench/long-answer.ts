/** The path at which the receiver answers with a text instead of nothing. */
export const LONG_ANSWER_PATH = '/long-answer';

/** More than what is kept of a success. */
export const longAnswer: string = JSON.stringify({ ok: true, message: 'accepted, thank you '.repeat(20) });
