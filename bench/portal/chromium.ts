import { existsSync } from 'node:fs';
import { type BrowserServer, chromium } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium of this machine. `POSTRIDER_CHROMIUM` names another one. */
export const chromiumPath: string | undefined = [process.env.POSTRIDER_CHROMIUM ?? '', ...PLACES].find(existsSync);

/** Why the tests in a browser are skipped; undefined if they are not. `.ci/run` lets none of them be skipped. */
export const whySkipped: string | undefined =
  chromiumPath === undefined && process.env.POSTRIDER_BROWSER !== 'required'
    ? 'There is no Chromium here: install it (apt-get install chromium), or name one in POSTRIDER_CHROMIUM.'
    : undefined;

/**
 * Starts it for any number of programs to connect to: quiet, without the network's help, and with third-party storage blocked, as people's browsers have it.
 * @throws Error if there is none.
 */
export function launch(): Promise<BrowserServer> {
  if (chromiumPath === undefined) throw new Error('There is no Chromium for the tests of the portal.');
  return chromium.launchServer({
    executablePath: chromiumPath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--test-third-party-cookie-phaseout'],
      // Two sites on this machine, for a page in the frame of another.
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
}
