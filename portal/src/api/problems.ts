import { ApiError } from '@postrider/client';
import { words } from '../words/words.ts';

/** An error as people read it: what happened, and what to do. */
export interface Explained {
  readonly title: string;
  readonly body: string;
  /** What is wrong with each field of a form, by its name in the API. */
  readonly fields: ReadonlyMap<string, string>;
}

const NO_FIELDS: ReadonlyMap<string, string> = new Map();

/** Explains the failure of a request. */
export function explain(fault: unknown): Explained {
  const texts = words.problems;
  if (!(fault instanceof ApiError)) return { ...texts.network, fields: NO_FIELDS };
  const fields = new Map((fault.problem?.errors ?? []).map(({ path, message }) => [path, message]));
  // The API says what to do in its own words, where it knows more than the status says.
  const said = fault.problem?.detail ?? '';
  switch (fault.status) {
    case 403:
      return { ...texts.forbidden, fields };
    case 404:
    case 410:
      return { ...texts.notFound, fields };
    case 409:
      return { title: texts.conflict.title, body: said, fields };
    case 400:
    case 422:
      return { title: texts.invalid.title, body: said, fields };
    case 429:
      return { ...texts.tooMany, fields };
    default:
      return { ...texts.server, fields };
  }
}

/** Whether a request may succeed if it is made again. */
export function mayPass(fault: unknown): boolean {
  return !(fault instanceof ApiError) || fault.status === 429 || fault.status >= 500;
}
