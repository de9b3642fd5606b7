// What the READMEs' examples find when they run: a photograph, an ONNX model, a labeled file, a folder of images with depth, a site with a model, and models with random
// weights under the names of pretrained ones in a cache of the Hugging Face hub. Copied into a project where the packed packages are installed, and run there:
//
//     node example-files.mjs FOLDER TOKENIZER_FOLDER
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { writeSafetensors } from '@llm-mde/checkpoints';
import { encodeDepthPng } from '@llm-mde/depth-maps';
import { Bert, readBertConfiguration } from '@llm-mde/language-model';
import { modelFolder } from '@llm-mde/models';
import { writeLabeled, writeSplits } from '@llm-mde/nyu';
import { generateFrame, generateFrames, splitByScene } from '@llm-mde/rooms';
import { readVisionEncoderConfiguration, VisionEncoder } from '@llm-mde/vision-encoder';
import { LlmMde } from 'llm-mde';
import { exportOnnx } from 'llm-mde/export';
import sharp from 'sharp';

const [folder, tokenizer] = process.argv.slice(2);
const { data, width, height, channels } = generateFrame({ sceneType: 'kitchen', width: 320, height: 240 }).image;
await sharp(data, { raw: { width, height, channels } }).jpeg().toFile(join(folder, 'photo.jpg'));

cpSync(await modelFolder('tiny'), join(folder, 'site/models/tiny'), { recursive: true });
copyFileSync(join(folder, 'photo.jpg'), join(folder, 'site/photo.jpg'));

mkdirSync(join(folder, 'data'));
const rooms = generateFrames({ count: 30, width: 64, height: 48 });
const scenes = await writeLabeled(join(folder, 'data/nyu_depth_v2_labeled.mat'), rooms);
await writeSplits(join(folder, 'data/splits.mat'), splitByScene(scenes));

for await (const { id, scene, image, depth } of generateFrames({ count: 30, width: 64, height: 48 })) {
  const [images, depths] = ['images', 'depth'].map((kind) => join(folder, 'my-pairs', kind, scene));
  for (const kind of [images, depths]) mkdirSync(kind, { recursive: true });
  const { data, ...raw } = image;
  await sharp(data, { raw })
    .jpeg()
    .toFile(join(images, `${id}.jpg`));
  writeFileSync(join(depths, `${id}.png`), encodeDepthPng(depth, raw));
}

await openDevice({ device: 'wasm' });
const tiny = await LlmMde.load(await modelFolder('tiny'));
await exportOnnx(tiny, join(folder, 'tiny-onnx'));
copyFileSync(join(folder, 'tiny-onnx/onnx/model.onnx'), join(folder, 'model.onnx'));

const sizes = {
  hidden_size: 16,
  intermediate_size: 32,
  num_attention_heads: 2,
  layer_norm_eps: 1e-12,
  hidden_act: 'gelu',
};
const vit = { ...sizes, model_type: 'vit', num_hidden_layers: 2, image_size: 224, patch_size: 16, num_channels: 3 };
for (const name of ['google/vit-base-patch16-224', 'google/vit-base-patch16-224-in21k']) {
  const encoder = new VisionEncoder(readVisionEncoderConfiguration({ ...vit, qkv_bias: true }, name));
  const processor = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], size: { height: 224, width: 224 } };
  const processing = { do_resize: true, do_rescale: true, do_normalize: true, rescale_factor: 1 / 255, resample: 2 };
  await writeRepository(name, { ...vit, qkv_bias: true }, encoder, '', (snapshot) =>
    writeFileSync(
      join(snapshot, 'preprocessor_config.json'),
      JSON.stringify({ image_processor_type: 'ViTImageProcessor', ...processor, ...processing }),
    ),
  );
}
const bert = {
  ...sizes,
  model_type: 'bert',
  num_hidden_layers: 12,
  vocab_size: 192,
  max_position_embeddings: 64,
  type_vocab_size: 2,
};
await writeRepository(
  'google-bert/bert-base-uncased',
  bert,
  new Bert(readBertConfiguration(bert, 'bert')),
  'bert.',
  (snapshot) => {
    for (const file of ['tokenizer.json', 'tokenizer_config.json'])
      copyFileSync(join(tokenizer, file), join(snapshot, file));
  },
);

// The towers of rooms-small, at their own size.
const dinov2 = { ...sizes, model_type: 'dinov2', hidden_size: 384, num_hidden_layers: 12, num_attention_heads: 6 };
const ofDinov2 = { ...dinov2, mlp_ratio: 4, image_size: 518, patch_size: 14, num_channels: 3, qkv_bias: true };
await writeRepository(
  'facebook/dinov2-small',
  ofDinov2,
  new VisionEncoder(readVisionEncoderConfiguration(ofDinov2, 'dinov2')),
  '',
  (snapshot) =>
    writeFileSync(
      join(snapshot, 'preprocessor_config.json'),
      JSON.stringify({
        ...{ image_processor_type: 'BitImageProcessor', size: { shortest_edge: 256 }, do_resize: true, resample: 3 },
        ...{ do_center_crop: true, crop_size: { height: 224, width: 224 }, do_rescale: true, do_normalize: true },
        ...{ rescale_factor: 1 / 255, image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] },
      }),
    ),
);
const miniLm = { ...bert, hidden_size: 384, intermediate_size: 1536, num_attention_heads: 12, num_hidden_layers: 6 };
const ofMiniLm = { ...miniLm, vocab_size: 30522, max_position_embeddings: 512 };
await writeRepository(
  'sentence-transformers/all-MiniLM-L6-v2',
  ofMiniLm,
  new Bert(readBertConfiguration(ofMiniLm, 'bert')),
  '',
  (snapshot) => {
    for (const file of ['tokenizer.json', 'tokenizer_config.json'])
      copyFileSync(join(tokenizer, file), join(snapshot, file));
  },
);

/** As Python's huggingface_hub lays a repository out. */
async function writeRepository(name, configuration, module, prefix, addFiles) {
  const repository = join(folder, 'hub', `models--${name.replace('/', '--')}`);
  const commit = '0'.repeat(40);
  const snapshot = join(repository, 'snapshots', commit);
  mkdirSync(join(repository, 'refs'), { recursive: true });
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(join(repository, 'refs/main'), commit);
  writeFileSync(join(snapshot, 'config.json'), JSON.stringify(configuration));
  const tensors = [...(await module.stateDict())].map(([key, { shape, data }]) => [`${prefix}${key}`, { shape, data }]);
  await writeSafetensors(join(snapshot, 'model.safetensors'), tensors, { metadata: { format: 'pt' } });
  addFiles(snapshot);
}
