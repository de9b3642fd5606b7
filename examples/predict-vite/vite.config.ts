import { defineConfig } from 'vite';
import { viteStaticCopy } from 'vite-plugin-static-copy';

export default defineConfig({
  // The page loads the model from its own server.
  plugins: [
    viteStaticCopy({ targets: [{ src: 'node_modules/@llm-mde/models/pretrained/tiny/*', dest: 'models/tiny' }] }),
  ],
});
