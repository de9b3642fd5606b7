// Compares a tower with what towers.py wrote: used by the tests of the tower packages, at tiny size, and by `npm run parity -- towers`, at
// full size.
import { openDevice } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';

/** The largest difference of an output. */
export const ABSOLUTE_TOLERANCE = 1e-4;
/** The largest difference of a gradient, as a share of its largest value. */
export const RELATIVE_TOLERANCE = 1e-3;

export async function compareWithGoldens(goldens, model, forward) {
  const rows = [];
  for (const golden of goldens.cases) {
    const inputs = makeInputs(golden);
    const run = await onDevice((given) => forward(model, given));
    const outputs = await compareOutputs(golden, await run(inputs));
    await run.dispose();
    rows.push(...outputs.map((row) => ({ case: golden.name, ...row })));
    if (golden.loss) {
      const compared = await compareGradients(golden, model, (given) => forward(model, given), inputs);
      rows.push(...compared.map((row) => ({ case: golden.name, ...row })));
    }
    for (const tensor of Object.values(inputs)) tensor.dispose();
  }
  return rows;
}

/** A function of tensors compiled where LLM_MDE_COMPILED asks for it, otherwise kernel by kernel. */
export async function onDevice(fn) {
  if (process.env.LLM_MDE_COMPILED) return (await openDevice()).compile(fn);
  return Object.assign(async (...args) => fn(...args), { dispose: async () => {} });
}

export function passes({ error, tolerance }) {
  return error <= tolerance;
}

/** The inputs as tensors; those with a gradient as variables, so that it can be asked for. */
function makeInputs(golden) {
  const entries = golden.inputs.map((name) => {
    const { shape, values } = golden.tensor(`input.${name}`);
    const tensor = tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32');
    if (!golden.inputGradients?.includes(name)) return [name, tensor];
    const variable = tf.variable(tensor);
    tensor.dispose();
    return [name, variable];
  });
  return Object.fromEntries(entries);
}

/** Runs a vision encoder on the inputs of a case. */
export function forwardVisionEncoder(encoder, { pixels }) {
  return encoder.forward(pixels, { outputHiddenStates: true });
}

/** Runs a language model on the inputs of a case. */
export function forwardLanguageModel(model, inputs) {
  return model.forward({
    inputsEmbeds: inputs.inputs_embeds ?? model.embed(inputs.input_ids),
    attentionMask: inputs.attention_mask,
    tokenTypeIds: inputs.token_type_ids,
    outputHiddenStates: true,
  });
}

/** What transformers calls the outputs, by what they are called here. */
const OUTPUT_NAMES = { last_hidden_state: 'lastHiddenState', pooler_output: 'pooled' };

async function compareOutputs(golden, outputs) {
  const rows = [];
  const compare = async (quantity, tensor, expected) => {
    const error = largestDifference(await tensor.data(), expected.values);
    rows.push({ quantity, error, tolerance: ABSOLUTE_TOLERANCE, kind: 'absolute', largest: largest(expected.values) });
  };
  for (let index = 0; index < golden.hiddenStateCount; index++) {
    await compare(`hidden state ${index}`, outputs.hiddenStates[index], golden.tensor(`hidden_states.${index}`));
  }
  for (const name of golden.outputs) {
    const output = outputs[OUTPUT_NAMES[name]];
    if (!output) throw new Error(`The model has no ${OUTPUT_NAMES[name]}, but transformers has a ${name}.`);
    await compare(name.replaceAll('_', ' '), output, golden.tensor(name));
  }
  tf.dispose(outputs);
  return rows;
}

async function compareGradients(golden, model, forward, inputs) {
  const parameters = model.namedParameters();
  const absent = golden.parameterGradients.filter((name) => !parameters.has(name));
  if (absent.length > 0) throw new Error(`The model has no parameter ${absent.join(', ')}.`);
  const sources = [
    ...golden.inputGradients.map((name) => ({ name: `input_grad.${name}`, variable: inputs[name] })),
    ...golden.parameterGradients.map((name) => {
      const parameter = parameters.get(name);
      return { name: `grad.${name}`, variable: parameter.variable, parameter };
    }),
  ];
  const run = await onDevice((given) =>
    tf.variableGrads(
      () => loss(golden, forward(given)),
      sources.map(({ variable }) => variable),
    ),
  );
  const { value, grads } = await run(inputs);
  await run.dispose();
  const [lossValue] = await value.data();
  const lossError = Math.abs(lossValue - golden.loss.value) / Math.abs(golden.loss.value);
  const rows = [
    { quantity: 'loss', error: lossError, tolerance: RELATIVE_TOLERANCE, kind: 'relative', largest: golden.loss.value },
  ];
  const largestOfAll = Math.max(...sources.map(({ name }) => largest(golden.tensor(name).values)));
  for (const { name, variable, parameter } of sources) {
    const gradient = grads[variable.name];
    const ordered = parameter ? parameter.inStateOrder(gradient) : gradient.clone();
    const expected = golden.tensor(name).values;
    // A key's bias cannot change a softmax: its true gradient is zero, so its error is measured against the other gradients.
    const vanishing = golden.vanishingGradients.includes(name.replace(/^grad\./, ''));
    const scale = vanishing ? largestOfAll : largest(expected);
    const error = largestDifference(await ordered.data(), expected) / scale;
    ordered.dispose();
    const quantity = `gradient of ${name.replace(/^(input_)?grad\./, '')}`;
    rows.push({ quantity, error, tolerance: RELATIVE_TOLERANCE, kind: 'relative', largest: largest(expected) });
  }
  tf.dispose([value, grads]);
  return rows;
}

function loss(golden, outputs) {
  const terms = golden.loss.terms.map((name) => {
    const weights = golden.tensor(`loss_weights.${name}`);
    return tf.sum(tf.mul(outputs[OUTPUT_NAMES[name]], tf.tensor(weights.values, weights.shape)));
  });
  return tf.addN(terms);
}

/** NaN where any value is. */
export function largestDifference(actual, expected) {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values, but the reference has ${expected.length}.`);
  let maximum = 0;
  // Math.max passes a NaN on.
  for (let i = 0; i < actual.length; i++) maximum = Math.max(maximum, Math.abs(actual[i] - expected[i]));
  return maximum;
}

function largest(values) {
  return values.reduce((maximum, value) => Math.max(maximum, Math.abs(value)), 0);
}
