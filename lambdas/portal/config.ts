import * as z from 'zod';

/** Where the portal is, on the API's own address: the page needs no other host, and no rule for requests across origins. */
export const PORTAL_PATH = '/portal';

/** The folder of the portal's files, beside the bundle. */
export const SITE_FOLDER = 'site';

/** Environment of the portal's Lambda: set by lib/stacks, read by handler.ts. */
export const portalEnv = z.object({
  /** The origins whose pages may show the portal in a frame, separated by commas; empty: none. */
  PORTAL_ORIGINS: z.string().transform((text) => text.split(',').filter((origin) => origin !== '')),
});
