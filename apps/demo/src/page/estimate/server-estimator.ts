import {
  type DepthEstimate,
  type Estimator,
  PROTOTYPE_COUNT,
  type ServerDescription,
  WORD_COUNT,
  type WordsOfPatches,
} from './estimator.js';

/** Asks the server that this page came from. */
export const serverEstimator: Estimator = {
  async depth(photo, { model, promptStyle }, signal): Promise<DepthEstimate> {
    const query = new URLSearchParams({ model, ...(promptStyle && { prompt: promptStyle }) });
    const start = performance.now();
    const answer = await post(`api/depth?${query}`, photo.file, signal);
    return {
      width: answer.width,
      height: answer.height,
      depth: new Float32Array(bytesOfBase64(answer.depth).buffer),
      prompt: answer.prompt,
      class: answer.class,
      computeMilliseconds: answer.timings.compute,
      totalMilliseconds: performance.now() - start,
    };
  },

  words(photo, model, signal): Promise<WordsOfPatches> {
    const query = new URLSearchParams({ model, prototypes: String(PROTOTYPE_COUNT), words: String(WORD_COUNT) });
    return post(`api/words?${query}`, photo.file, signal);
  },
};

export async function describeServer(): Promise<ServerDescription> {
  return read(await fetch('api/models'));
}

async function post(path: string, body: Blob, signal: AbortSignal) {
  return read(
    await fetch(path, { method: 'POST', body, signal, headers: { 'content-type': 'application/octet-stream' } }),
  );
}

async function read(response: Response) {
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new Error(answer?.message ?? `The server answered ${response.status}.`);
  return answer;
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
