import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('src/page', import.meta.url)),
  base: './',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  worker: { format: 'es' },
  // `npx vite` shows changes at once, beside a server that runs on its usual port.
  server: { proxy: { '/api': 'http://127.0.0.1:8642', '/models': 'http://127.0.0.1:8642' } },
  build: {
    outDir: fileURLToPath(new URL('dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The worker brings TensorFlow.js and the 3D view three.js; the page loads either when it is asked for.
    chunkSizeWarningLimit: 1500,
    // Data addresses are no addresses of this server's, which is all that its Content-Security-Policy allows.
    assetsInlineLimit: 0,
  },
});
