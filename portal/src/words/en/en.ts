import { common } from './common.ts';
import { deliveries } from './deliveries.ts';
import { endpoints } from './endpoints.ts';
import { eventTypes } from './event-types.ts';
import { events } from './events.ts';
import { help } from './help.ts';
import { jobs } from './jobs.ts';
import { resend } from './resend.ts';
import { samples } from './samples.ts';
import { session } from './session.ts';
import { shortcuts } from './shortcuts.ts';

/**
 * Every text of the portal, by the place where it is shown: a file for each folder of pages. Another language is another object
 * of the type `Words`. Texts with numbers are functions, so that a language may have as many plurals as it needs.
 */
export const en = {
  ...common,
  ...session,
  ...deliveries,
  ...endpoints,
  ...events,
  ...eventTypes,
  ...jobs,
  ...help,
  ...resend,
  ...samples,
  ...shortcuts,
};

/** What another language must have. */
export type Words = typeof en;
