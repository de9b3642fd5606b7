import { Command, InvalidArgumentError } from 'commander';
import type { PushFlags } from '../push/push.js';

/** `llm-mde push`: a trained model on the Hugging Face hub. */
export function pushCommand(): Command {
  return new Command('push')
    .description('push a trained model to the Hugging Face hub')
    .argument('<repository>', "your account's or organization's name on the hub and the model's, such as anna/my-rooms")
    .argument('[model]', 'the folder of a run or of a saved model (default: that of the only finished run in runs)')
    .option(
      '--license <name>',
      'the license of the weights as the hub abbreviates it, such as mit or cc-by-4.0',
      license,
    )
    .option('--onnx <folder>', 'push the model as ONNX too, as llm-mde export --to onnx wrote it to this folder')
    .option('--private', 'if the repository has to be made, make it private')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The access token is that of the environment variable HF_TOKEN, or of \`hf auth login\`; the hub that of HF_ENDPOINT.
All files become visible at once, by one commit. If the push breaks off, the same command goes on where it stopped.

Examples:
  llm-mde push anna/my-rooms runs/my-rooms-small --license mit
  llm-mde push anna/my-rooms my-model --private
  llm-mde predict anna/my-rooms photo.jpg`,
    )
    .action(async (repository: string, model: string | undefined, flags: PushFlags) =>
      (await import('../push/push.js')).push(repository, model, flags),
    );
}

function license(text: string): string {
  if (/^[a-z\d][a-z\d.-]*$/.test(text)) return text;
  throw new InvalidArgumentError('Must be a name such as mit, apache-2.0 or cc-by-4.0.');
}
