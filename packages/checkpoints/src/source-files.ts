import type { FileSource, PretrainedFiles } from './file-source.js';
import type { PretrainedOptions } from './hub/options.js';
import { PretrainedError } from './pretrained-error.js';
import { SafetensorsFile } from './safetensors/file.js';
import { INDEX_FILE } from './weight-files.js';

/**
 * A pretrained model whose files come from anywhere. The small ones are read at once, because a source does not tell which it has; weights are
 * read when they are opened, whole.
 *
 * @throws {PretrainedError} if there is no config.json.
 */
export async function openSource(
  source: FileSource,
  { optionalFiles = [] }: PretrainedOptions,
): Promise<PretrainedFiles> {
  const small = new Map<string, Uint8Array>();
  for (const file of ['config.json', INDEX_FILE, ...optionalFiles]) {
    const content = await source.read(file);
    if (content) small.set(file, content);
  }
  if (!small.has('config.json')) throw new PretrainedError(`${source.name} has no config.json.`);
  return {
    name: source.name,
    folder: undefined,
    revision: undefined,
    has: (file) => small.has(file) || file.endsWith('.safetensors'),
    read: async (file) => small.get(file) ?? source.read(file),
    async openSafetensors(file) {
      const content = await source.read(file);
      if (content) return SafetensorsFile.fromBytes(content, `${file} of ${source.name}`);
      throw new PretrainedError(`${source.name} has no ${file}.`);
    },
  };
}
