/** `fetch`, whose failure is a sentence. */
export async function request(address: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new Error(
      !navigator.onLine
        ? 'You are offline, and this was not stored in your browser before: go online for it once.'
        : 'The server does not respond. Is it still running?',
    );
  }
}
