import { dirname } from 'node:path';
import { modelFolder } from '@llm-mde/models';
import { Option } from 'commander';

/** Which models the page has. */
export function modelsOption(): Option {
  return new Option(
    '--models <path>',
    'a saved model, or a folder of training runs (default: the models that come with llm-mde)',
  );
}

/** The folder with the models that come with llm-mde. */
export async function shippedModels(): Promise<string> {
  return dirname((await modelFolder('tiny'))!);
}
