import type { DepthAnswer, ModelsAnswer } from '../../server/schemas.js';
import { request } from '../lib/request.js';
import { type Estimator, PROTOTYPE_COUNT, WORD_COUNT } from './estimator.js';

/** Sends photos to the server of this page. */
export const serverEstimator: Estimator = {
  async depth(photo, { model, promptStyle }, signal) {
    const query = new URLSearchParams({
      model,
      ...(promptStyle && { prompt: promptStyle }),
      ...(photo.fieldOfView && { fov: String(photo.fieldOfView) }),
    });
    const start = performance.now();
    const answer: DepthAnswer = await post(`api/depth?${query}`, photo.file, signal);
    return {
      ...answer,
      depth: new Float32Array(Uint8Array.from(atob(answer.depth), (letter) => letter.charCodeAt(0)).buffer),
      fieldOfView: answer.camera?.fieldOfView ?? null,
      computeMilliseconds: answer.timings.compute,
      totalMilliseconds: performance.now() - start,
    };
  },

  words(photo, model, signal) {
    const query = new URLSearchParams({ model, prototypes: String(PROTOTYPE_COUNT), words: String(WORD_COUNT) });
    return post(`api/words?${query}`, photo.file, signal);
  },
};

/** Without a device, the page is one of static files, with no server behind it: models run in the browser only. */
export type ServerDescription = Pick<ModelsAnswer, 'models' | 'others'> & { device: ModelsAnswer['device'] | null };

export async function describeServer(): Promise<ServerDescription> {
  return read(await request('api/models'));
}

async function post(path: string, body: Blob, signal: AbortSignal) {
  return read(
    await request(path, { method: 'POST', body, signal, headers: { 'content-type': 'application/octet-stream' } }),
  );
}

async function read(response: Response) {
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new Error(answer?.message ?? `The server answered ${response.status}.`);
  return answer;
}
