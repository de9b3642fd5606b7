import { verifiedFiles } from '@llm-mde/checkpoints';
import * as z from 'zod/mini';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { findModel, type ModelReference } from './find-model.js';
import { MODEL_CARD_FILE } from './saved-files.js';

/** What a model is worth on some frames, without any alignment. */
const MEASURED = { frames: z.int().check(z.positive()), delta1: z.number(), absRel: z.number() };

const SCHEMA = z.object({
  /** In words, such as `rendered rooms only`. */
  trainedOn: z.string().check(z.minLength(1)),
  /** On frames of that kind that it was not trained on. */
  test: z.optional(
    z.object({
      ...MEASURED,
      /** In metres. */
      rmse: z.optional(z.number()),
      /** Whether they are of scenes that training saw too, so that the figures are too good. */
      seenScenes: z.optional(z.boolean()),
      /** On the same frames, what the mean depth at each pixel of the training frames is worth. */
      baseline: z.optional(z.object({ delta1: z.number(), absRel: z.number(), rmse: z.number() })),
    }),
  ),
  /** On photographs of other sources: the mean over the sets that they belong to. */
  photographs: z.optional(z.object({ ...MEASURED, sets: z.int().check(z.positive()) })),
  /** That trained it, without the folders of the machine. */
  command: z.optional(z.string()),
});

/** What people should know of a model before they believe it: `model-card.json` in its folder, if somebody wrote one. */
export type ModelCard = z.infer<typeof SCHEMA>;

/**
 * Reads the card of a saved model, or of a run's best checkpoint.
 *
 * @param source As for `LlmMde.load`.
 * @returns undefined if the model has none.
 * @throws if there is no model, or the file is not a card, or not as listed in `SHA256SUMS`.
 */
export async function readModelCard(source: ModelReference): Promise<ModelCard | undefined> {
  const { files: found } = await findModel(source);
  // Compared with its checksum where a run wrote it; one that was added by hand is listed nowhere.
  const files = await verifiedFiles(found, { unlisted: MODEL_CARD_FILE });
  const content = await files.read(MODEL_CARD_FILE);
  if (!content) return undefined;
  const refuse = (problem: string) =>
    new Error(`${MODEL_CARD_FILE} of ${files.name} ${problem}: correct or delete it.`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw refuse(`is not valid JSON (${(error as Error).message})`);
  }
  const { success, data, error } = SCHEMA.safeParse(value);
  if (!success) throw refuse(`has a wrong value for "${error.issues[0]?.path.join('.') || 'trainedOn'}"`);
  return data;
}

/**
 * A card as one sentence: what the model was trained on, and its typical error.
 *
 * @param configuration The model's: one that was calibrated since has other errors.
 */
export function modelCardText(
  { trainedOn, test, photographs }: ModelCard,
  { depthScale = 1 }: Pick<LlmMdeConfiguration, 'depthScale'> = {},
): string {
  const isCalibrated = depthScale !== 1 && (test ?? photographs) !== undefined;
  const worth = ({ absRel, delta1 }: NonNullable<typeof test>) =>
    `its metres are off by ${Math.round(100 * absRel)} % on average (AbsRel ${absRel.toFixed(3)}, delta1 ${delta1.toFixed(3)})`;
  return `${[
    `Trained on ${trainedOn}`,
    test && `on ${test.frames} test frames ${worth(test)}`,
    photographs && `on photographs (${photographs.frames} of ${photographs.sets} sets) ${worth(photographs)}`,
  ]
    .filter(Boolean)
    .join('; ')}${isCalibrated ? ', before it was calibrated' : ''}.`;
}
