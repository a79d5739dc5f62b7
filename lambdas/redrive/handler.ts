import { readEnv } from '../runtime/env.ts';
import { redriveEnv } from './config.ts';

const env = readEnv(redriveEnv);

export async function handler(): Promise<unknown> {
  return { ready: Object.keys(env).length };
}
