import { PretrainedError } from '../pretrained-error.js';
import { HubHttpError, reasonOf } from './error.js';

/** Why something could not be pushed, as a sentence that says what to do. */
export function describeUploadError(
  error: unknown,
  { endpoint, name }: { endpoint: string; name: string },
): PretrainedError {
  if (error instanceof PretrainedError) return error;
  return new PretrainedError(sentence(error, endpoint, name), { cause: error });
}

function sentence(error: unknown, endpoint: string, name: string): string {
  const [owner] = name.split('/');
  const goOn = 'What was uploaded is kept there: push again later, which goes on where it stopped.';
  // The library's own error, which a file of several can have.
  const { statusCode } = error as { statusCode?: number };
  const status = error instanceof HubHttpError ? error.status : statusCode;
  if (status === undefined) {
    return `${name} could not be pushed to ${endpoint}: ${reasonOf(error)}. Check the network. ${goOn}`;
  }
  const detail = error instanceof HubHttpError ? error.detail : (error as Error).message;
  if (status === 401) {
    return `${endpoint} does not accept the access token: it is mistyped, expired or revoked. Make one with write permission at ${endpoint}/settings/tokens, and set it as HF_TOKEN, or sign in with \`hf auth login\`.`;
  }
  if (status === 403) {
    return `The access token does not permit writing to ${name} on ${endpoint}: it needs write permission, and "${owner}" has to be your account or an organization in which you may write.`;
  }
  if (status === 412) return `${name} was changed on ${endpoint} meanwhile, so nothing was pushed: push again.`;
  if (status === 429) return `${endpoint} refuses more requests for now (status 429): wait some minutes. ${goOn}`;
  if (status >= 500) return `${name} could not be pushed to ${endpoint}: it answered with status ${status}. ${goOn}`;
  return `${endpoint} refused the files of ${name} (status ${status}${detail ? `: ${detail}` : ''}), so nothing was changed there.`;
}
