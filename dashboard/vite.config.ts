import path from 'node:path';
import { defineConfig } from 'vite';

/** The page goes out under a policy that takes scripts and styles from its own files alone, so nothing is put into the HTML. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  // Also where whoever builds is a test: what it built is served by the next start.
  oxc: { jsx: { development: false } },
  build: {
    target: 'es2023',
    rolldownOptions: { input: path.join(import.meta.dirname, 'page.html') },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
