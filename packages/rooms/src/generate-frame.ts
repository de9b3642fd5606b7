import { nyuIntrinsics } from '@llm-mde/depth-maps';
import {
  checkOptions,
  type GeneratedScene,
  generateScene,
  type SceneOptions,
  VIEWS_PER_SCENE,
} from './generate-scene.js';
import { type Pose, rayGrid } from './geometry/camera.js';
import { hash, hashUnit } from './numeric.js';
import { traceGeometry } from './rendering/geometry-buffer.js';
import { renderImage } from './rendering/render-image.js';
import type { SceneType } from './scene/scene-templates.js';
import { simulateKinectDepth } from './simulate-kinect-depth.js';

export interface FrameSize {
  /** Pixels. @default 640 */
  width?: number;
  /** Pixels. @default 480 */
  height?: number;
}

export interface FrameOptions extends Omit<SceneOptions, 'sceneIndex'>, FrameSize {
  /** Which frame of this scene type, from 0. Three in a row show the same room. @default 0 */
  frameIndex?: number;
}

/** One photograph of a room, with its depth. */
export interface Frame {
  /** Unique within a seed: the scene's name and the view's number. */
  id: string;
  /** The room's name as NYU writes it, for instance `kitchen_0004`. */
  scene: string;
  sceneType: SceneType;
  /** Red, green, blue interleaved, rows from top to bottom. */
  image: { data: Uint8Array; width: number; height: number; channels: 3 };
  /** Exact z-depth of every pixel's center, in metres. */
  depth: Float32Array;
  /** What a depth sensor makes of it, in metres: noise, steps that grow with the distance, and missing depth, which is 0. */
  rawDepth: Float32Array;
}

/**
 * Renders one frame. The same options give the same bytes on every machine. The camera is NYU Depth v2's color camera, scaled to the
 * frame's size (see {@link nyuIntrinsics}).
 *
 * @throws RangeError if the type is unknown or a number is out of range.
 */
export function generateFrame({ seed = 0, sceneType, frameIndex = 0, width = 640, height = 480 }: FrameOptions): Frame {
  checkOptions(seed, sceneType, frameIndex);
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 8 || size > 4096) {
      throw new RangeError(`The frame's ${name} must be an integer from 8 to 4096, got ${size}.`);
    }
  }
  const { scene, pose, view } = findView({ seed, sceneType, frameIndex });
  const rays = rayGrid(width, height, nyuIntrinsics({ width, height }));
  const buffer = traceGeometry(scene.tracer, pose, rays);
  const frameSeed = hash(scene.seed, view, 1);
  const data = renderImage(scene, scene.tracer, pose, rays, buffer, { seed: frameSeed, ...exposure(frameSeed) });
  return {
    id: `${scene.name}_${view}`,
    scene: scene.name,
    sceneType,
    image: { data, width, height, channels: 3 },
    depth: Float32Array.from(buffer.depth),
    rawDepth: simulateKinectDepth(scene.tracer, pose, rays, buffer, frameSeed),
  };
}

/** The room and the camera pose of a frame. The last room is kept, as frames are mostly asked for in order. */
export function findView({
  seed,
  sceneType,
  frameIndex,
}: Required<Pick<FrameOptions, 'seed' | 'sceneType' | 'frameIndex'>>): {
  scene: GeneratedScene;
  pose: Pose;
  view: number;
} {
  const sceneIndex = Math.floor(frameIndex / VIEWS_PER_SCENE);
  const view = frameIndex % VIEWS_PER_SCENE;
  const key = `${seed} ${sceneType} ${sceneIndex}`;
  if (last?.key !== key) last = { key, scene: generateScene({ seed, sceneType, sceneIndex }) };
  return { scene: last.scene, pose: last.scene.views[view]!, view };
}

let last: { key: string; scene: GeneratedScene } | undefined;

/** Cameras differ in exposure and white balance from shot to shot. */
export function exposure(frameSeed: number): { brightness: number; tint: [number, number, number] } {
  return {
    brightness: 0.8 + 0.5 * hashUnit(frameSeed, 1),
    tint: [0.94 + 0.14 * hashUnit(frameSeed, 2), 1, 0.9 + 0.16 * hashUnit(frameSeed, 3)],
  };
}
