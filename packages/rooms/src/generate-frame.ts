import { type Intrinsics, nyuIntrinsics } from '@llm-mde/depth-maps';
import {
  checkOptions,
  type GeneratedScene,
  generateScene,
  type SceneOptions,
  VIEWS_PER_SCENE,
  type View,
} from './generate-scene.js';
import { rayGrid } from './geometry/camera.js';
import { hash, hashUnit } from './numeric.js';
import { Random } from './random.js';
import { type GeometryBuffer, traceGeometry } from './rendering/geometry-buffer.js';
import { type ImageOptions, renderImage } from './rendering/render-image.js';
import type { SceneType } from './scene/scene-templates.js';
import { simulateKinectDepth } from './simulate-kinect-depth.js';
import { chooseWideViews, focalLengthInPixels } from './wide/wide-views.js';

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
  /** The camera: focal lengths and principal point in pixels. */
  intrinsics: Intrinsics;
}

/**
 * Renders one frame. The same options give the same bytes on every machine. The camera is NYU Depth v2's color camera, scaled to the
 * frame's size (see `nyuIntrinsics`); with the variety `wide` it has another focal length in each frame, and square pixels.
 *
 * @throws RangeError if the type is unknown or a number is out of range.
 */
export function generateFrame({
  seed = 0,
  sceneType,
  frameIndex = 0,
  width = 640,
  height = 480,
  variety = 'nyu',
}: FrameOptions): Frame {
  checkOptions(seed, sceneType, frameIndex, variety);
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 8 || size > 4096) {
      throw new RangeError(`The frame's ${name} must be an integer from 8 to 4096, got ${size}.`);
    }
  }
  const found = findView({ seed, sceneType, frameIndex, variety });
  if (variety === 'mixed') found.pose = { focalLength: NYU_MILLIMETRES, ...found.pose };
  const { scene, view } = found;
  const frameSeed = hash(scene.seed, view, 1);
  let shot = photograph(scene, found.pose, { width, height });
  for (let attempt = 1; scene.isWide && attempt < 9 && isTooNear(shot.buffer); attempt++) {
    // Few rays chose the view: one of the many pixels may show what they missed.
    const [other] = chooseWideViews(scene, scene.tracer, new Random(hash(scene.seed, view, attempt, 2)), 1);
    shot = photograph(scene, other!, { width, height });
  }
  const { pose, intrinsics, rays, buffer } = shot;
  const options = { seed: frameSeed, ...(scene.isWide ? wideExposure(frameSeed) : exposure(frameSeed)) };
  const data = renderImage(scene, scene.tracer, pose, rays, buffer, options);
  return {
    id: `${scene.name}_${view}`,
    scene: scene.name,
    sceneType,
    image: { data, width, height, channels: 3 },
    depth: Float32Array.from(buffer.depth),
    rawDepth: simulateKinectDepth(scene.tracer, pose, rays, buffer, frameSeed),
    intrinsics,
  };
}

function photograph(scene: GeneratedScene, pose: View, size: Required<FrameSize>) {
  const intrinsics = pose.focalLength === undefined ? nyuIntrinsics(size) : intrinsicsOf(pose.focalLength, size);
  const rays = rayGrid(size.width, size.height, intrinsics);
  return { pose, intrinsics, rays, buffer: traceGeometry(scene.tracer, pose, rays) };
}

function intrinsicsOf(millimetres: number, { width, height }: Required<FrameSize>): Intrinsics {
  const focalLength = focalLengthInPixels(millimetres, width, height);
  return { fx: focalLength, fy: focalLength, cx: (width - 1) / 2, cy: (height - 1) / 2 };
}

/** NYU's camera on 35-mm film, for which its pixels are made square and its axis goes through the middle. */
const NYU_MILLIMETRES = 28;

/** Whether a surface is nearer than any camera focuses. */
function isTooNear({ depth, shape }: GeometryBuffer): boolean {
  return depth.some((metres, at) => shape[at]! >= 0 && metres < 0.15);
}

/** The room and the camera pose of a frame. The last room is kept, as frames are mostly asked for in order. */
export function findView({
  seed,
  sceneType,
  frameIndex,
  variety = 'nyu',
}: Pick<FrameOptions, 'variety'> & Required<Pick<FrameOptions, 'seed' | 'sceneType' | 'frameIndex'>>): {
  scene: GeneratedScene;
  pose: View;
  view: number;
} {
  const sceneIndex = Math.floor(frameIndex / VIEWS_PER_SCENE);
  const view = frameIndex % VIEWS_PER_SCENE;
  const key = `${seed} ${sceneType} ${sceneIndex} ${variety}`;
  if (last?.key !== key) last = { key, scene: generateScene({ seed, sceneType, sceneIndex, variety }) };
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

/** Cameras of any kind and quality. */
function wideExposure(frameSeed: number): Omit<ImageOptions, 'seed'> {
  const bright = hashUnit(frameSeed, 1);
  return {
    brightness: 0.22 + 0.4 * bright + bright * bright,
    tint: [0.85 + 0.3 * hashUnit(frameSeed, 2), 1, 0.78 + 0.44 * hashUnit(frameSeed, 3)],
    grain: 0.4 + 3 * hashUnit(frameSeed, 4) * hashUnit(frameSeed, 5),
    isFast: true,
  };
}
