import { isNode } from '../is-node.js';
import { PretrainedError } from '../pretrained-error.js';
import type { PretrainedOptions } from './options.js';

/** The options of `openPretrained` that concern the hub, with their defaults filled in. */
export interface HubSettings {
  endpoint: string;
  revision: string;
  token: string | undefined;
  offline: boolean;
}

type HubOptions = Pick<PretrainedOptions, 'revision' | 'token' | 'offline' | 'cacheFolder' | 'endpoint'>;

/** Options first, then the environment, by the variables that Python's huggingface_hub reads. */
export async function readHubSettings(options: HubOptions): Promise<HubSettings> {
  const environment: NodeJS.ProcessEnv = isNode() ? process.env : {};
  return {
    endpoint: (options.endpoint ?? (environment.HF_ENDPOINT || 'https://huggingface.co')).replace(/\/+$/, ''),
    revision: options.revision ?? 'main',
    offline: options.offline ?? /^(?:1|on|yes|true)$/i.test(environment.HF_HUB_OFFLINE ?? ''),
    token: checkToken(options.token ?? (environmentToken(environment) || (await savedToken()))),
  };
}

/** Where Python's huggingface_hub keeps a user's files. */
async function homeFolder(): Promise<string> {
  const { homedir } = await import('node:os');
  const { join } = await import('node:path');
  const { HF_HOME, XDG_CACHE_HOME } = process.env;
  return HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
}

/** The second name is an older one. */
function environmentToken({ HF_TOKEN, HUGGING_FACE_HUB_TOKEN }: NodeJS.ProcessEnv): string {
  return (HF_TOKEN || HUGGING_FACE_HUB_TOKEN || '').trim();
}

/** What `hf auth login` saved. */
async function savedToken(): Promise<string | undefined> {
  if (!isNode()) return undefined;
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const path = process.env.HF_TOKEN_PATH || join(await homeFolder(), 'token');
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim() || undefined;
}

function checkToken(token: string | false | undefined): string | undefined {
  if (token === false || token === undefined || token === '') return undefined;
  if (token.startsWith('hf_')) return token;
  throw new PretrainedError(
    'The access token for the hub (option `token`, or HF_TOKEN) does not begin with "hf_": is it another one?',
  );
}

/** The folder that Python's huggingface_hub caches repositories in, by the same environment variables. */
export async function cacheFolderOf(options: HubOptions): Promise<string> {
  const { join } = await import('node:path');
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE } = process.env;
  return options.cacheFolder ?? (HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(await homeFolder(), 'hub'));
}
