// Commands with several tasks: `npm run bench|parity|docs -- TASK [options]` runs the file of the task. The packages must be built.
import { fileURLToPath, pathToFileURL } from 'node:url';

const TASKS = {
  bench: {
    model: ['tooling/bench/bench.mjs', 'speed and memory of the model beside PyTorch'],
    data: ['tooling/bench/data.mjs', 'reading a labeled file of full size beside h5py'],
    'feature-cache': ['tooling/bench/feature-cache.mjs', 'epochs with and without a cache of vision features'],
    workers: ['tooling/bench/workers.mjs', 'photographs and trainings an hour by workers of a queue'],
    int8: ['tooling/bench/int8.mjs', 'training steps and predictions in float32 and in 8 bits'],
    server: ['apps/demo/scripts/load-test.mjs', 'many clients at the demo'],
    photographs: ['tooling/photographs/photographs.mjs', 'accuracy on real photographs with depth'],
    depths: ['tooling/photographs/depths.mjs', 'every such photograph read by the packages, and its median depth'],
    attention: ['tooling/photographs/attention.mjs', 'whether what patches attend to says anything, on photographs'],
    ablation: ['tooling/photographs/ablation.mjs', 'what each part of the preset small brings on photographs'],
  },
  parity: {
    towers: ['tooling/parity/parity.mjs', 'ViT, DINOv2 and BERT at base size beside transformers'],
    'next-words': ['tooling/parity/next-words.mjs', 'a decoder and the words that it predicts, beside transformers'],
    lora: ['tooling/parity/lora-interchange.mjs', 'adapters exchanged with PEFT'],
    onnx: ['tooling/parity/onnx-export.mjs', "exported models in Python's onnxruntime"],
    quantize: ['tooling/parity/quantize.mjs', "quantized ONNX files beside Python's quantizers"],
    rooms: ['tooling/parity/rooms-interchange.mjs', 'every format of rendered rooms, read in Python'],
  },
  docs: {
    site: ['tooling/site/site.mjs', 'the documentation site, in tooling/site/dist'],
    api: ['tooling/site/write-api.mjs', 'API pages, in docs/api'],
    pictures: ['tooling/release/pictures.mjs', 'pictures of docs/flow.md'],
    predictions: ['tooling/release/predictions.mjs', 'the picture of README.md'],
    demo: ['apps/demo/scripts/pictures.mjs', "pictures of the demo's page"],
    states: ['apps/demo/scripts/pictures.mjs', "pictures of every state of the demo's page, to look at"],
    report: ['apps/demo/scripts/pictures.mjs', 'the picture of a report'],
    flicker: ['apps/demo/scripts/flicker.mjs', "flicker of a video's depth, with and without smoothing"],
    sizes: ['tooling/release/sizes.mjs', 'docs/results/sizes.md: what an install of each package brings'],
    kernels: ['packages/compile/scripts/kernels.mjs', 'the table of kernels in the README of packages/compile'],
    licenses: ['tooling/release/licenses.mjs', 'docs/third-party.md'],
  },
};

/** What a command does where no task is named. */
const DEFAULTS = { bench: 'model', docs: 'site' };

const [command, ...given] = process.argv.slice(2);
const named = given[0] !== undefined && (!given[0].startsWith('--') || given[0] === '--help');
const [task, ...parameters] = named ? given : [DEFAULTS[command], ...given];
const found = Object.hasOwn(TASKS[command], task ?? '') ? TASKS[command][task] : undefined;
if (found) {
  const path = fileURLToPath(new URL(`../../${found[0]}`, import.meta.url));
  // A file of several tasks is told which.
  const shared = Object.values(TASKS[command]).filter(([file]) => file === found[0]).length > 1;
  process.argv = [process.argv[0], path, ...(shared ? [task] : []), ...parameters];
  await import(pathToFileURL(path).href).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error(`\n${error.message}\n\nThe packages are not built yet: run \`npm run build\` first.`);
    process.exitCode = 1;
  });
} else {
  console.log(`npm run ${command} -- TASK [options], where TASK is one of:\n`);
  for (const [name, [file, what]] of Object.entries(TASKS[command]))
    console.log(`  ${name.padEnd(13)} ${what} (${file})`);
  console.log('\nThe options of a task: --help, or the head of its file.');
  if (task && task !== '--help') process.exitCode = 1;
}
