/** @throws Error that says what to do, if there is no camera or it may not be used. */
export async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices) {
    throw new Error('Browsers allow the camera only on secure pages: open this one over HTTPS or on localhost.');
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } });
  } catch (error) {
    const denied = (error as DOMException).name === 'NotAllowedError';
    throw new Error(
      denied ? 'Camera access was denied: allow it in the address bar of your browser.' : 'No camera found.',
    );
  }
}

/** Turns the camera off. */
export function stop(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
