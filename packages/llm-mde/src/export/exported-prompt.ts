import { fixedPrompt } from '@llm-mde/prompts';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { inputSize } from '../configuration/input-size.js';
import type { ModelRuntime } from '../inputs/model-runtime.js';

/** Where an exported model's prompt comes from. */
export type ExportedPrompt =
  | { kind: 'none'; text: null }
  | { kind: 'baked'; text: string; tokens: { data: Int32Array; mask: Float32Array; length: number } }
  | { kind: 'inputs'; length: number };

type Model = Pick<ModelRuntime, 'network' | 'processor'>;

/** @param choice See `ExportOnnxOptions`. */
export function exportedPrompt(model: Model, choice?: 'adaptive' | 'baked' | { text: string }): ExportedPrompt {
  const { prompt, language } = model.network.configuration;
  const hasPrompt = language.mode !== 'absent' && prompt.style !== 'none';
  const isPerImage = prompt.style === 'adaptive' || prompt.style === 'scene';
  const chosen = choice ?? (hasPrompt && isPerImage ? 'adaptive' : 'baked');
  if (!hasPrompt) {
    if (chosen === 'baked') return { kind: 'none', text: null };
    throw new ConfigurationError('This model uses no prompt: omit the option "prompt", or use \'baked\'.');
  }
  if (chosen === 'adaptive') return { kind: 'inputs', length: tokensOf(model, '').length };
  if (chosen === 'baked' && isPerImage) {
    throw new ConfigurationError(
      "This model's prompts describe each image, so there is none to bake in: give one, { text: '…' }, or export with 'adaptive'.",
    );
  }
  const text = chosen === 'baked' ? fixedPrompt(prompt) : chosen.text;
  if (text.trim() === '') throw new ConfigurationError('The prompt to bake in is empty.');
  return { kind: 'baked', text, tokens: tokensOf(model, text) };
}

function tokensOf({ network, processor }: Model, text: string) {
  const { inputIds, attentionMask } = processor.tokenize([text]);
  const length = inputIds.shape[1];
  const { configuration, vision, language } = network;
  const [height, width] = inputSize(configuration);
  const patchCount = (height * width) / vision.configuration.patchSize ** 2;
  if (length + patchCount > language.maximumLength) {
    throw new ConfigurationError(
      `The prompt has ${length} tokens and the image ${patchCount} patches, but the language model takes at most ${language.maximumLength} tokens: ` +
        'use a shorter prompt.',
    );
  }
  return { data: inputIds.data, mask: attentionMask.data, length };
}
