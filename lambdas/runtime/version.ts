/** The product's version. `npm version` sets it, as in the manifest, which would be a large part of a small bundle. */
export const VERSION = '0.1.0';

/** The User-Agent header of webhooks. */
export const USER_AGENT = `Postrider/${VERSION}`;
