import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Client, createClient } from '@postrider/client';

/**
 * An API client for the tools in this folder, at POSTRIDER_API_URL or the local run's port, with the `adminKey`.
 * @throws Error if there is no key; from each call, if nothing answers.
 */
export function localClient(env: NodeJS.ProcessEnv): Client {
  const url = env.POSTRIDER_API_URL ?? `http://127.0.0.1:${env.PORT ?? 4400}`;
  return createClient({
    url,
    key: adminKey(env),
    fetch: (request) =>
      fetch(request).catch((cause: unknown) => {
        throw new Error(`Nothing answers at ${url}. Start Postrider with npm start, or set POSTRIDER_API_URL.`, {
          cause,
        });
      }),
  });
}

/** The admin key from POSTRIDER_API_KEY, or from the data folder of a local run. */
function adminKey(env: NodeJS.ProcessEnv): string {
  const { POSTRIDER_API_KEY, POSTRIDER_DATA = '.postrider' } = env;
  if (POSTRIDER_API_KEY !== undefined) return POSTRIDER_API_KEY;
  const path = join(resolve(POSTRIDER_DATA), 'admin-key');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Error(`There is no admin key in ${path}. Start Postrider with npm start, or set POSTRIDER_API_KEY.`, {
      cause: error,
    });
  }
}
