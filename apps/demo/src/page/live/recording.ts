import { type ColormapName, colorizeDepth, decodeDepthPng, encodeDepthPng } from '@llm-mde/depth-maps';
import { type DepthMap, depthRange } from '../lib/geometry.js';
import { paintRgb } from '../lib/paint.js';
import type { Photo } from '../lib/photo.js';

interface RecordedFrame {
  /** Since the first frame. */
  seconds: number;
  photo: Blob;
  /** 16-bit PNG, millimetres. */
  depth: Uint8Array;
}

/** Frames with their depth, compressed, until they are downloaded. */
export class Recording {
  readonly frames: RecordedFrame[] = [];
  private range: [number, number] | undefined;

  add(seconds: number, { file }: Photo, map: DepthMap): void {
    this.frames.push({ seconds, photo: file, depth: encodeDepthPng(map.depth, map) });
    const [least, greatest] = depthRange([map]);
    this.range = this.range ? [Math.min(this.range[0], least), Math.max(this.range[1], greatest)] : [least, greatest];
  }

  /** A zip of depth-0001.png and so on, 16 bits of millimetres, with the times of the frames. */
  async zip(): Promise<Blob> {
    const { zipSync, strToU8 } = await import('fflate');
    const files: Record<string, Uint8Array> = {};
    const nameOf = (index: number) => `depth-${String(index + 1).padStart(4, '0')}.png`;
    for (const [index, { depth }] of this.frames.entries()) files[nameOf(index)] = depth;
    const rows = this.frames.map(({ seconds }, index) => `${nameOf(index)},${seconds.toFixed(4)}`);
    files['frames.csv'] = strToU8(`file,seconds\n${rows.join('\n')}\n`);
    // PNG is compressed already.
    return new Blob([zipSync(files, { level: 0 })], { type: 'application/zip' });
  }

  /**
   * The depth in colors as a video, which takes as long as it lasts: browsers record what a canvas shows.
   *
   * @param options.sideBySide With the frames beside it.
   * @throws Error if the browser does not record videos.
   */
  async video(
    options: { sideBySide: boolean; colormap: ColormapName },
    onProgress: (share: number) => void,
  ): Promise<Blob> {
    const type = ['video/mp4;codecs=avc1.42E01E', 'video/webm;codecs=vp9', 'video/webm'].find((each) =>
      globalThis.MediaRecorder?.isTypeSupported(each),
    );
    if (!type) throw new Error('This browser does not record videos: download the frames instead.');
    const first = decodeDepthPng(this.frames[0]!.depth);
    // Encoders of video want even sizes.
    const [width, height] = [first.width, first.height].map((side) => side - (side % 2)) as [number, number];
    const canvas = Object.assign(document.createElement('canvas'), {
      width: options.sideBySide ? 2 * width : width,
      height,
    });
    const depthCanvas = Object.assign(document.createElement('canvas'), { width: first.width, height: first.height });
    const context = canvas.getContext('2d')!;
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: type, videoBitsPerSecond: 6_000_000 });
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }));
    const draw = async ({ photo, depth }: RecordedFrame) => {
      const { data, ...size } = decodeDepthPng(depth);
      const [minDepth, maxDepth] = this.range!;
      paintRgb(depthCanvas, colorizeDepth(data, { ...size, minDepth, maxDepth, colormap: options.colormap }));
      if (options.sideBySide) {
        const picture = await createImageBitmap(photo);
        context.drawImage(picture, 0, 0);
        picture.close();
      }
      context.drawImage(depthCanvas, canvas.width - width, 0);
    };
    await draw(this.frames[0]!);
    recorder.start();
    const start = performance.now();
    const last = this.frames.at(-1)!.seconds;
    const mean = this.frames.length > 1 ? last / (this.frames.length - 1) : 0.2;
    for (const [index, frame] of this.frames.entries()) {
      await draw(frame);
      onProgress((index + 1) / this.frames.length);
      const next = this.frames[index + 1]?.seconds ?? last + mean;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, start + 1000 * next - performance.now())));
    }
    recorder.stop();
    await stopped;
    return new Blob(parts, { type: type.split(';')[0]! });
  }
}
