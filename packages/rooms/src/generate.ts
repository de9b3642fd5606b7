export { type Frame, type FrameOptions, generateFrame } from './generate-frame.js';
export {
  type GeneratedScene,
  generateScene,
  type SceneOptions,
  type Variety,
  VIEWS_PER_SCENE,
  type View,
} from './generate-scene.js';
export type { Intrinsics, Pose } from './geometry/camera.js';
export { SCENE_TYPES, type SceneType } from './scene/scene-templates.js';
