// `npm run parity -- next-words CHECKPOINT`: a decoder's checkpoint, such as SmolLM2's, in Hugging Face transformers and here: the token ids of a
// text, the hidden states of every layer, the scores of all words, and the words that each predicts to follow.
import { resolve } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { LanguageModel } from '@llm-mde/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { DEVICE, inTemporaryFolder, PYTHON, runCommand } from '../workspace/command.mjs';
import { findPython, runCases } from './python.mjs';
import { largestDifference } from './tower-goldens.mjs';

/** Of a hidden state, as a share of its largest value: those of deep decoders have values in the thousands. */
const TOLERANCE = 1e-5;
const LOGITS_TOLERANCE = 1e-3;

await runCommand({
  name: 'npm run parity -- next-words',
  options: {
    'checkpoint FOLDER': 'a decoder as transformers saves it, with its tokenizer',
    'text TEXT': 'what comes before (default: a sentence about a room)',
    'count N': 'how many words to predict (default: 8)',
    ...DEVICE,
    ...PYTHON,
  },
  run: (options) => inTemporaryFolder((folder) => compare(folder, options)),
});

async function compare(
  folder,
  {
    checkpoint,
    text = 'A photograph of a kitchen. The distance from the camera to the far wall is about three',
    count = 8,
    ...options
  },
) {
  if (!checkpoint) throw new Error('Name the folder of a decoder: --checkpoint FOLDER.');
  const path = resolve(checkpoint);
  const python = findPython(options.python);
  const [theirs] = runCases(python, 'next-words.py', folder, [{ checkpoint: path, text, count: Number(count) }]);
  const device = await openDevice(options.device ? { device: options.device } : {});
  const model = await LanguageModel.fromPretrained(path, { frozen: true, head: true });
  const ids = model.tokenizer.encode(text);
  if (ids.join() !== theirs.ids.join()) throw new Error(`Other tokens: ${ids}; in Python ${theirs.ids}.`);
  const file = await SafetensorsFile.open(theirs.tensors);
  const { hiddenStates, logits } = await forward(model, ids, device);
  let worst = 0;
  for (const [layer, state] of hiddenStates.entries()) {
    const expected = await file.read(`hidden_states.${layer}`);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = largestDifference(await state.data(), expected) / largest;
    worst = Math.max(worst, error);
    console.log(`hidden state ${layer}: ${error.toExponential(1)} of its largest value, ${largest.toFixed(1)}`);
  }
  const logitsError = largestDifference(await logits.data(), await file.read('logits'));
  console.log(`scores of the words: largest difference ${logitsError.toExponential(1)}`);
  const following = await predictNext(model, ids, Number(count), device);
  console.log(
    `${text}…\n  transformers: ${model.tokenizer.decode(theirs.next)}\n  here:         ${model.tokenizer.decode(following)}`,
  );
  await file.close();
  const isEqual = following.join() === theirs.next.slice(0, following.length).join();
  if (worst > TOLERANCE || logitsError > LOGITS_TOLERANCE || !isEqual) throw new Error('They differ, see above.');
}

async function forward(model, ids, device) {
  const run = (input) => {
    const { lastHiddenState, hiddenStates } = model.forward({
      inputsEmbeds: model.embed(input),
      outputHiddenStates: true,
    });
    return { hiddenStates, logits: model.logits(lastHiddenState) };
  };
  const input = tf.tensor2d(ids, [1, ids.length], 'int32');
  return device.compile ? device.compile(run)(input) : run(input);
}

/** The most likely words, one after the other. */
async function predictNext(model, ids, count, device) {
  const next = [];
  for (let word = 0; word < count; word++) {
    const { logits } = await forward(model, [...ids, ...next], device);
    const scores = (await logits.data()).subarray(-model.vocabularySize);
    next.push(scores.reduce((best, score, id) => (score > scores[best] ? id : best), 0));
  }
  return next;
}
