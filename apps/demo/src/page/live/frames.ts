import type { Photo } from '../lib/photo.js';

/** Frames are scaled down to this size of the longer side, in pixels. */
const LARGEST_SIDE = 480;

/** What a video shows now, as a photo that has no address. */
export async function grabFrame(video: HTMLVideoElement, name: string): Promise<Photo> {
  const scale = Math.min(1, LARGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const width = Math.max(1, Math.round(video.videoWidth * scale));
  const height = Math.max(1, Math.round(video.videoHeight * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(video, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const colors = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) colors.set(data.subarray(4 * pixel, 4 * pixel + 3), 3 * pixel);
  const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  const fileSize = { width: video.videoWidth, height: video.videoHeight };
  return { name, file, url: '', width, height, fileSize, fieldOfView: undefined, colors };
}

/** Moves a video to a time, and waits until it shows that. */
export async function seek(video: HTMLVideoElement, seconds: number): Promise<void> {
  const shown = new Promise<void>((resolve, reject) => {
    video.addEventListener('seeked', () => resolve(), { once: true });
    video.addEventListener('error', () => reject(new Error('The video cannot be read to its end.')), { once: true });
  });
  video.currentTime = seconds;
  await shown;
}

/** Opens a video file in an element. @throws Error if the browser cannot. */
export async function openVideo(video: HTMLVideoElement, file: File): Promise<void> {
  const opened = new Promise<void>((resolve, reject) => {
    video.addEventListener('loadeddata', () => resolve(), { once: true });
    video.addEventListener(
      'error',
      () => reject(new Error(`${file.name} cannot be opened as a video: try an MP4 (H.264) or WebM file.`)),
      { once: true },
    );
  });
  video.srcObject = null;
  video.src = URL.createObjectURL(file);
  await opened;
}

/** The length in seconds, which recordings of browsers do not state until they were played to their end. */
export async function durationOf(video: HTMLVideoElement): Promise<number> {
  if (Number.isFinite(video.duration)) return video.duration;
  await seek(video, 1e7);
  const { duration, currentTime } = video;
  return Number.isFinite(duration) ? duration : currentTime;
}
