import { join } from 'node:path';
import { exposure } from '../generate-frame.js';
import { type GeneratedScene, generateScene } from '../generate-scene.js';
import { NYU_COLOR_CAMERA, NYU_DEPTH_CAMERA, type Pose, type RayGrid, rayGrid } from '../geometry/camera.js';
import { hash, sine } from '../numeric.js';
import { Random } from '../random.js';
import { traceGeometry } from '../rendering/geometry-buffer.js';
import { renderImage } from '../rendering/render-image.js';
import type { SceneType } from '../scene-types.js';
import { depthToDisparity, simulateKinectDepth } from '../simulate-kinect-depth.js';
import { writeFileSafely } from './safe-write.js';

export interface RawDumpOptions {
  /** @default 0 */
  seed?: number;
  sceneType: SceneType;
  /** Which room of this type. @default 0 */
  sceneIndex?: number;
  /** How many depth maps; of color images there is about one less in eight. @default 8 */
  frames?: number;
  /** `noisy` has a sensor's holes and noise, `ideal` every pixel's reading. @default 'noisy' */
  sensor?: 'noisy' | 'ideal';
}

/** What the sensor writes where it has no value. */
const NO_READING = 2047;
const WIDTH = 640;
const HEIGHT = 480;

/**
 * Films a room with a Kinect as NYU's raw data has it, into `<folder>/<scene>`: depth maps `d-*.pgm` from the depth camera (11-bit
 * readings, `1092.5 − 351.3 / metres`; 16 bits little-endian, although PGM says otherwise), color images `r-*.ppm` from the color camera
 * beside it, both with the distortion of their lenses, and accelerometer records `a-*.dump`. Names hold a time in seconds and the device's
 * clock. The streams run at their own pace and drop frames, so they have to be synchronized by time, as the real ones.
 *
 * The accelerometer's files hold three float64 of gravity in the camera's frame; the layout of the real ones is not followed.
 *
 * @returns the paths of the depth maps, the color images and the accelerometer files, each in the order of time.
 */
export function writeRawDump(
  folder: string,
  { seed = 0, sceneType, sceneIndex = 0, frames = 8, sensor = 'noisy' }: RawDumpOptions,
): { depths: string[]; images: string[]; accelerometers: string[] } {
  if (!Number.isInteger(frames) || frames < 1) {
    throw new RangeError(`The number of frames must be a whole number from 1, got ${frames}.`);
  }
  const scene = generateScene({ seed, sceneType, sceneIndex });
  const random = new Random(hash(scene.seed, 9));
  const place = join(folder, scene.name);
  const written = { depths: [] as string[], images: [] as string[], accelerometers: [] as string[] };
  const start = 1300000000 + random.integer(0, 9_999_999);
  const name = (letter: string, time: number, extension: string) => {
    const ticks = Math.floor(time * 60_000_000) % 4294967296;
    return join(place, `${letter}-${(start + time).toFixed(6)}-${ticks}.${extension}`);
  };
  const depthRays = rayGrid(WIDTH, HEIGHT, NYU_DEPTH_CAMERA, NYU_DEPTH_CAMERA.distortion);
  const colorRays = rayGrid(WIDTH, HEIGHT, NYU_COLOR_CAMERA, NYU_COLOR_CAMERA.distortion);
  for (let index = 0; index < frames; index++) {
    const depthTime = index / 15 + random.between(0, 0.004);
    const readings = senseReadings(scene, depthCameraPose(poseAt(scene, depthTime)), depthRays, sensor, index);
    const depthPath = name('d', depthTime, 'pgm');
    writeFileSafely(depthPath, Buffer.concat([Buffer.from(`P5\n${WIDTH} ${HEIGHT}\n65535\n`), littleEndian(readings)]));
    written.depths.push(depthPath);

    if (index % 8 !== 5) {
      const imageTime = index / 15 + random.between(0.006, 0.03);
      const pose = poseAt(scene, imageTime);
      const imageSeed = hash(scene.seed, index, 11);
      const buffer = traceGeometry(scene.tracer, pose, colorRays);
      const pixels = renderImage(scene, scene.tracer, pose, colorRays, buffer, {
        seed: imageSeed,
        ...exposure(scene.seed),
      });
      const imagePath = name('r', imageTime, 'ppm');
      writeFileSafely(imagePath, Buffer.concat([Buffer.from(`P6\n${WIDTH} ${HEIGHT}\n255\n`), pixels]));
      written.images.push(imagePath);
    }

    const { right, down, forward } = poseAt(scene, depthTime);
    const gravity = Buffer.alloc(24);
    for (const [axis, direction] of [right, down, forward].entries())
      gravity.writeDoubleLE(-9.81 * direction[1], axis * 8);
    const accelerometerPath = name('a', depthTime + 0.001, 'dump');
    writeFileSafely(accelerometerPath, gravity);
    written.accelerometers.push(accelerometerPath);
  }
  return written;
}

/** The camera is held by hand: it sways by a few centimetres and turns slowly. */
function poseAt({ views }: GeneratedScene, time: number): Pose {
  const { position, right, down, forward } = views[0]!;
  const sway = 0.02 * sine(time * 2.2);
  const turn = 0.03 * sine(time * 1.3);
  const turned = forward.map((part, axis) => part + turn * right[axis]!);
  const length = Math.sqrt(turned.reduce((sum, part) => sum + part * part, 0));
  const newForward = turned.map((part) => part / length) as [number, number, number];
  const newRight = right.map((part, axis) => (part - turn * forward[axis]!) / length) as [number, number, number];
  const moved = position.map((part, axis) => part + sway * right[axis]! + 0.01 * turn * down[axis]!);
  return { position: moved as [number, number, number], right: newRight, down, forward: newForward };
}

// From NYU's toolbox, where a point p of the depth camera is at inverse(ROTATION) · p − TRANSLATION in the color camera. (The toolbox writes
// it as inverse(−ROTATION) · p + TRANSLATION, which a projection does not tell from it, and lists the translation as x, z, y.)
const ROTATION = [
  [9.9997798940829263e-1, 5.0518419386157446e-3, 4.3011152014118693e-3],
  [-5.0359919480810989e-3, 9.9998051861143999e-1, -3.6879781309514218e-3],
  [-4.3196624923060242e-3, 3.6662365748484798e-3, 9.9998394948385538e-1],
] as const;
const TRANSLATION = [2.5031875059141302e-2, -2.9342312935846411e-4, 6.6238747008330102e-4] as const;

/** Where the depth camera is when the color camera is at a pose. */
export function depthCameraPose({ position, right, down, forward }: Pose): Pose {
  const toWorld = (x: number, y: number, z: number) =>
    [0, 1, 2].map((axis) => right[axis]! * x + down[axis]! * y + forward[axis]! * z) as [number, number, number];
  const origin = toWorld(-TRANSLATION[0], -TRANSLATION[1], -TRANSLATION[2]);
  // The inverse of a rotation is its transpose: its columns are the rows of ROTATION.
  return {
    position: [position[0] + origin[0], position[1] + origin[1], position[2] + origin[2]],
    right: toWorld(...ROTATION[0]),
    down: toWorld(...ROTATION[1]),
    forward: toWorld(...ROTATION[2]),
  };
}

function senseReadings(
  scene: GeneratedScene,
  pose: Pose,
  rays: RayGrid,
  sensor: 'noisy' | 'ideal',
  index: number,
): Uint16Array {
  const buffer = traceGeometry(scene.tracer, pose, rays);
  const metres =
    sensor === 'ideal'
      ? buffer.depth
      : simulateKinectDepth(scene.tracer, pose, rays, buffer, hash(scene.seed, index, 10));
  return Uint16Array.from(metres, (depth) => {
    if (depth === 0) return NO_READING;
    const reading = depthToDisparity(depth);
    return reading < 0 || reading > NO_READING ? NO_READING : reading;
  });
}

function littleEndian(values: Uint16Array): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}
