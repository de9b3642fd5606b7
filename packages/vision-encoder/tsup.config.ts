import { packageBuild } from '@llm-mde/tooling-tsup';

export default packageBuild({
  entry: {
    index: 'src/index.ts',
    'decode-image': 'src/preprocess/decode-image.ts',
    'decode-image.browser': 'src/preprocess/decode-image.browser.ts',
  },
});
