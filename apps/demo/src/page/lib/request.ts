/** `fetch`, whose failure is a sentence. */
export async function request(address: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new Error('The server does not respond. Is it still running?');
  }
}
