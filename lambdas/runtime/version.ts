import manifest from '../../package.json' with { type: 'json' };

/** The product's version, from its manifest. */
export const VERSION: string = manifest.version;

/** What webhooks say of their sender. */
export const USER_AGENT = `Postrider/${VERSION}`;
