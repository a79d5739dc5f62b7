import { readEnv } from '../runtime/env.ts';
import { deliverEnv } from './config.ts';

const env = readEnv(deliverEnv);

export async function handler(): Promise<unknown> {
  return { ready: Object.keys(env).length };
}
