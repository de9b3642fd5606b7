import { configure, preset } from 'llm-mde';
import { expect, it } from 'vitest';
import { completeReadme, licenseOf, modelReadme, proseOf } from './readme.js';

const card = {
  trainedOn: 'my "Rooms" (40 frames, from the model rooms-small)',
  test: {
    ...{ frames: 20, delta1: 0.912345, absRel: 0.1, rmse: 0.4 },
    baseline: { delta1: 0.5, absRel: 0.3, rmse: 1.2 },
  },
  command: 'llm-mde train --data my-rooms --from rooms-small',
};

it("is a page with the hub's YAML, of what the card and the configuration say", () => {
  const text = modelReadme({
    card,
    configuration: preset('small'),
    repository: 'anna/rooms',
    license: 'mit',
    onnx: 'baked',
  });
  expect(text.slice(0, text.indexOf('\n# '))).toBe(`---
license: mit
pipeline_tag: depth-estimation
library_name: llm-mde
base_model:
  - facebook/dinov2-small
  - sentence-transformers/all-MiniLM-L6-v2
base_model_relation: adapter
tags:
  - llm-mde
  - monocular-depth-estimation
  - metric-depth
  - onnx
model-index:
  - name: anna/rooms
    results:
      - task:
          type: depth-estimation
          name: Metric depth from one image
        dataset:
          type: "my-rooms"
          name: "my \\"Rooms\\""
          split: test
        metrics:
          - type: abs_rel
            name: AbsRel
            value: 0.1
          - type: rmse
            name: RMSE (m)
            value: 0.4
          - type: delta1
            name: delta1
            value: 0.9123
---
`);
  for (const part of [
    '\n# Depth from one image, trained on my "Rooms"\n',
    '| this model, 20 test frames | 0.1 | 0.4 | 0.9123 |\n| mean depth of the training frames at each pixel | 0.3 | 1.2 | 0.5 |',
    'of scenes that were not in training.',
    'follow from the focal length of each image',
    'Images are seen at 224 × 168 pixels',
    'These weights: mit. The pretrained towers come under their own licenses: see [facebook/dinov2-small]',
    `\n\`\`\`sh\n${card.command}\n\`\`\`\n`,
    'llm-mde predict anna/rooms photo.jpg',
    "const model = await LlmMde.load('anna/rooms');",
  ])
    expect(text).toContain(part);
});

it('states what limits the figures, and invents none', () => {
  const configuration = configure(preset('tiny'), { depthScale: 1.5 });
  const seen = modelReadme({ card: { ...card, test: { ...card.test, seenScenes: true } }, configuration });
  expect(seen).toContain('of scenes that were also in training: the figures are optimistic.');
  expect(seen).toContain('its depth has since been multiplied by 1.5');
  expect(seen).toContain('No depth is above 15 m.');
  expect(seen).toContain('All of its weights are here.');
  expect(seen).not.toContain('base_model');
  const bare = modelReadme({ card: undefined, configuration });
  expect(bare).toContain('It is not recorded what it was trained on.');
  expect(bare).toContain('None were measured.');
  expect(bare).not.toContain('model-index');
});

it('says that a tower is missing that only one machine has, and not where it was', () => {
  const configuration = preset('small');
  configuration.vision.pretrained = '/home/anna/vit';
  const text = modelReadme({ card, configuration });
  expect(text).toContain('a pretrained tower that is a folder of the machine');
  expect(text).not.toContain('anna');
});

it('is completed with repository and license, also after somebody edited it', () => {
  const configuration = preset('small');
  const text = modelReadme({ card, configuration });
  expect([licenseOf(text), licenseOf('# license: mit'), licenseOf('---\nlicense: "mit"\n---\n')]).toEqual([
    'unknown',
    undefined,
    'mit',
  ]);
  expect(completeReadme(text, 'anna/rooms', 'mit')).toBe(
    modelReadme({ card, configuration, repository: 'anna/rooms', license: 'mit' }),
  );
  expect(completeReadme(text, 'anna/rooms', 'unknown')).toBe(
    modelReadme({ card, configuration, repository: 'anna/rooms' }),
  );
  expect([proseOf('---\nlicense: mit\n---\n'), proseOf('---\na: b\n---\n# Rooms\n')]).toEqual(['', '# Rooms']);
});
