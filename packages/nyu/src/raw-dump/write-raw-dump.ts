import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { checkedName, encodePpm, encodeRawDepth } from '@llm-mde/rgbd/formats';

/** What a Kinect records of a scene. `@llm-mde/rooms` films one. */
export interface KinectRecording {
  scene: string;
  /** Seconds since 1970. */
  start: number;
  /** In any order; times are seconds since the start. */
  shots: Iterable<
    | { kind: 'depth'; time: number; data: Uint16Array; width: number; height: number }
    | { kind: 'color'; time: number; data: Uint8Array; width: number; height: number; channels: 3 }
    | { kind: 'acceleration'; time: number; gravity: readonly [number, number, number] }
  >;
}

/**
 * Writes a recording as NYU's raw data has it, into `<folder>/<scene>`: depth `d-*.pgm` (11-bit values in 16 bits, low byte first), color
 * `r-*.ppm` and accelerometer records `a-*.dump`. Names contain a time in seconds and the device's clock.
 *
 * The accelerometer's files hold three float64 of gravity in the camera's frame, which is not the layout of the published ones.
 *
 * @returns the paths of the depth maps, the color images and the accelerometer files, each in the order of the recording.
 */
export async function writeRawDump(
  folder: string,
  { scene, start, shots }: KinectRecording,
): Promise<{ depths: string[]; images: string[]; accelerometers: string[] }> {
  const written = { depths: [] as string[], images: [] as string[], accelerometers: [] as string[] };
  const write = async (paths: string[], letter: string, time: number, extension: string, content: Uint8Array) => {
    const ticks = Math.floor(time * 60_000_000) % 4294967296;
    const path = join(folder, checkedName(scene), `${letter}-${(start + time).toFixed(6)}-${ticks}.${extension}`);
    await replaceFile(path, content);
    paths.push(path);
  };
  for (const shot of shots) {
    if (shot.kind === 'depth') await write(written.depths, 'd', shot.time, 'pgm', encodeRawDepth(shot));
    else if (shot.kind === 'color') await write(written.images, 'r', shot.time, 'ppm', encodePpm(shot));
    else {
      const record = Buffer.alloc(24);
      for (const [axis, value] of shot.gravity.entries()) record.writeDoubleLE(value, axis * 8);
      await write(written.accelerometers, 'a', shot.time, 'dump', record);
    }
  }
  return written;
}
