import type { Target } from './target.ts';

/** Every target by its file's name, loaded on demand. */
export const TARGETS: Readonly<Record<string, () => Promise<{ target: Target }>>> = {
  'raw-json': () => import('./raw-json.ts'),
  url: () => import('./url.ts'),
  'retry-after': () => import('./retry-after.ts'),
  publish: () => import('./publish.ts'),
  gateway: () => import('./gateway.ts'),
  api: () => import('./api.ts'),
  messages: () => import('./messages.ts'),
  'dead-letters': () => import('./dead-letters.ts'),
  headers: () => import('./headers.ts'),
  schema: () => import('./schema.ts'),
  filter: () => import('./filter.ts'),
  cursor: () => import('./cursor.ts'),
  excerpt: () => import('./excerpt.ts'),
  'merge-patch': () => import('./merge-patch.ts'),
  'strike-out': () => import('./strike-out.ts'),
  heartbeat: () => import('./heartbeat.ts'),
};

/** The URL from which a thread loads a target. */
export const moduleOf = (name: string) => new URL(`${name}.ts`, import.meta.url).href;
