import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Sends one request to the API and gives the parsed answer. */
export type CallApi = (method: string, path: string, body?: object) => Promise<unknown>;

/**
 * A client of the API for the tools in this folder.
 * @throws (from each call) Error with the status and the problem document of a refusal, or when nothing answers.
 */
export function apiClient(apiUrl: string, key: string): CallApi {
  return async (method, path, body) => {
    const response = await fetch(new URL(path, apiUrl), {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new Error(`Nothing answers at ${apiUrl}. Start Postrider with npm start, or set POSTRIDER_API_URL.`, {
        cause,
      });
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** The admin key from POSTRIDER_API_KEY, or the one that a local run keeps in its data folder. */
export function adminKey(env: NodeJS.ProcessEnv): string {
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

/** Where the API is: POSTRIDER_API_URL, or the local run's port. */
export function apiUrl(env: NodeJS.ProcessEnv): string {
  return env.POSTRIDER_API_URL ?? `http://127.0.0.1:${env.PORT ?? 4400}`;
}
