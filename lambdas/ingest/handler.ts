import { readEnv } from '../runtime/env.ts';
import { ingestEnv } from './config.ts';

const env = readEnv(ingestEnv);

export async function handler(): Promise<unknown> {
  return { ready: Object.keys(env).length };
}
