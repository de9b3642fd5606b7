/** The models of this package, by name: see its README. */
export const MODEL_NAMES = ['rooms-small', 'tiny'] as const;

export type ModelName = (typeof MODEL_NAMES)[number];

/**
 * The folder of a model of this package, such as `LlmMde.load` opens. Node only.
 *
 * @returns undefined if there is none of that name.
 */
export async function modelFolder(name: string): Promise<string | undefined> {
  if (!(MODEL_NAMES as readonly string[]).includes(name)) return undefined;
  const { fileURLToPath } = await import('node:url');
  // In two steps, or bundlers would take it for a file of the page.
  const pretrained = ['../pretrained/', name].join('');
  const here = import.meta.url;
  return fileURLToPath(new URL(pretrained, here));
}
