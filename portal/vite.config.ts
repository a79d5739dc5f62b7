import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Used by lib/portal-site/build.ts, which also compresses what this makes. Whoever starts it, there is one result: under a test
// runner, which sets another value, it would be the libraries' versions for development.
process.env.NODE_ENV = 'production';

export default defineConfig({
  base: '/portal/',
  plugins: [react()],
  resolve: { alias: { '@postrider/client': fileURLToPath(new URL('../client/index.ts', import.meta.url)) } },
  build: {
    target: 'es2023',
    // What is inlined, and the polyfill, would need a weaker policy than the page has.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // A page's styles are few: one file has them all, so that nothing is drawn before they are there.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        // One file for what all pages share, and one for each folder of pages, or of what several pages offer: a request is dearer than a few kilobytes.
        codeSplitting: {
          groups: [
            { name: 'shared', test: /node_modules|\/src\/(?!pages|features)|\/client\//, priority: 1 },
            { name: (id: string) => /\/src\/(?:pages|features)\/([\w-]+)\//.exec(id)?.[1] ?? null },
          ],
        },
      },
    },
  },
});
