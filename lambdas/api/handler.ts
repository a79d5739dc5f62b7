import { readEnv } from '../runtime/env.ts';
import { apiEnv } from './config.ts';

const env = readEnv(apiEnv);

export async function handler(): Promise<unknown> {
  return { ready: Object.keys(env).length };
}
