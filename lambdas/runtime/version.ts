import manifest from '../../package.json' with { type: 'json' };

/** The product's version, from its manifest. */
export const VERSION: string = manifest.version;

/** The User-Agent header of webhooks. */
export const USER_AGENT = `Postrider/${VERSION}`;
