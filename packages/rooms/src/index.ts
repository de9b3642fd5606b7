export { depthCameraPose, type FilmOptions, filmRoom, type KinectShot } from './film-room.js';
export * from './generate.js';
export { type FramesOptions, generateFrames, listFrames } from './generate-frames.js';
export { splitByScene } from './split-by-scene.js';
