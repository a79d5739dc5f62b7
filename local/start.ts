import { enableCompileCache, flushCompileCache } from 'node:module';
import { compileCache } from './compile-cache.ts';

/** The entry of `npm start`. Imports the rest only once its compiled code is found. */
enableCompileCache(compileCache);
await import('./run.ts');
flushCompileCache();
