import { type Camera, depthToDisparity, KINECT, pinholeOf, resizeIntrinsics } from '@llm-mde/depth-maps';
import { exposure, type FrameSize } from './generate-frame.js';
import { type GeneratedScene, generateScene, type SceneOptions } from './generate-scene.js';
import { type Pose, type RayGrid, rayGrid } from './geometry/camera.js';
import { hash, sine } from './numeric.js';
import { Random } from './random.js';
import { traceGeometry } from './rendering/geometry-buffer.js';
import { renderImage } from './rendering/render-image.js';
import { simulateKinectDepth } from './simulate-kinect-depth.js';

export interface FilmOptions extends Omit<SceneOptions, 'variety'>, FrameSize {
  /** How many depth maps; there is about one color image less in eight. @default 8 */
  frames?: number;
  /** `noisy` simulates the sensor's noise and missing depth, `ideal` has a value for every pixel. @default 'noisy' */
  sensor?: 'noisy' | 'ideal';
}

/** What a Kinect records of a room, in the order in which it is written. */
export type KinectShot =
  | { kind: 'depth'; time: number; data: Uint16Array; width: number; height: number }
  | { kind: 'color'; time: number; data: Uint8Array; width: number; height: number; channels: 3 }
  | { kind: 'acceleration'; time: number; gravity: [number, number, number] };

/** What the sensor gives where it has no value. */
const NO_READING = 2047;

/**
 * Films a room with a Kinect: 11-bit values of its depth camera (`1092.5 − 351.3 / metres`), images of the color camera beside it, both with
 * the distortion of their lenses, and gravity. The streams run at their own rates and drop frames, so they have to be synchronized by time.
 *
 * @returns the scene's name, when the recording starts (seconds since 1970), and its shots, each with seconds since then.
 * @throws RangeError if an option is out of range.
 */
export function filmRoom({
  seed = 0,
  sceneType,
  sceneIndex = 0,
  frames = 8,
  sensor = 'noisy',
  width = 640,
  height = 480,
}: FilmOptions): { scene: string; start: number; shots: Generator<KinectShot, void> } {
  if (!Number.isInteger(frames) || frames < 1) {
    throw new RangeError(`frames must be a positive integer, got ${frames}.`);
  }
  const scene = generateScene({ seed, sceneType, sceneIndex });
  const random = new Random(hash(scene.seed, 9));
  const start = 1300000000 + random.integer(0, 9_999_999);
  return { scene: scene.name, start, shots: shotsOf() };

  function* shotsOf(): Generator<KinectShot, void> {
    const size = { width, height };
    const depthRays = distortedRays(KINECT.depth, size);
    const colorRays = distortedRays(KINECT.color, size);
    for (let index = 0; index < frames; index++) {
      const time = index / 15 + random.between(0, 0.004);
      const data = senseReadings(scene, depthCameraPose(poseAt(scene, time)), depthRays, sensor, index);
      yield { kind: 'depth', time, data, ...size };
      if (index % 8 !== 5) {
        const colorTime = index / 15 + random.between(0.006, 0.03);
        const pose = poseAt(scene, colorTime);
        const buffer = traceGeometry(scene.tracer, pose, colorRays);
        const options = { seed: hash(scene.seed, index, 11), ...exposure(scene.seed) };
        const pixels = renderImage(scene, scene.tracer, pose, colorRays, buffer, options);
        yield { kind: 'color', time: colorTime, data: pixels, ...size, channels: 3 };
      }
      const { right, down, forward } = poseAt(scene, time);
      const gravity = [right, down, forward].map((direction) => -9.81 * direction[1]) as [number, number, number];
      yield { kind: 'acceleration', time: time + 0.001, gravity };
    }
  }
}

/** The rays of a camera of the Kinect whose whole sensor is read in fewer or more pixels. */
function distortedRays(camera: Camera, { width, height }: Required<FrameSize>): RayGrid {
  const whole = pinholeOf(camera);
  if (width === 640 && height === 480) return rayGrid(width, height, whole, camera.distortion);
  const resized = resizeIntrinsics(whole, { width: 640, height: 480 }, { width, height });
  return rayGrid(width, height, resized, camera.distortion);
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

// KINECT moves a point p of the depth camera to rotation · p + translation in the color camera, up to a sign of everything that projection
// cannot see: the axes are those of -rotation, and the origin is at -translation.
/** Where the depth camera is when the color camera is at a pose. */
export function depthCameraPose({ position, right, down, forward }: Pose): Pose {
  const toWorld = (x: number, y: number, z: number) =>
    [0, 1, 2].map((axis) => right[axis]! * x + down[axis]! * y + forward[axis]! * z) as [number, number, number];
  const { rotation } = KINECT;
  const [x, y, z] = KINECT.translation;
  const origin = toWorld(-x, -y, -z);
  const axis = (column: 0 | 1 | 2) => toWorld(-rotation[0][column], -rotation[1][column], -rotation[2][column]);
  return {
    position: [position[0] + origin[0], position[1] + origin[1], position[2] + origin[2]],
    right: axis(0),
    down: axis(1),
    forward: axis(2),
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
