import { en, type Words } from './en/en.ts';

/** The texts in the language of the session. There is one language so far. */
export const words: Words = en;
