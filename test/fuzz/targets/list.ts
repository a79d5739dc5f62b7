import type { Target } from './target.ts';

/** Every target by its name, which is that of its file, loaded when it is asked for. */
export const TARGETS: Readonly<Record<string, () => Promise<{ target: Target }>>> = {
  'raw-json': () => import('./raw-json.ts'),
  url: () => import('./url.ts'),
  'retry-after': () => import('./retry-after.ts'),
  publish: () => import('./publish.ts'),
  gateway: () => import('./gateway.ts'),
  api: () => import('./api.ts'),
  messages: () => import('./messages.ts'),
  letters: () => import('./letters.ts'),
  headers: () => import('./headers.ts'),
  schema: () => import('./schema.ts'),
  filter: () => import('./filter.ts'),
  cursor: () => import('./cursor.ts'),
  excerpt: () => import('./excerpt.ts'),
  'merge-patch': () => import('./merge-patch.ts'),
};

/** Where a thread finds a target. */
export const moduleOf = (name: string) => new URL(`${name}.ts`, import.meta.url).href;
