// TensorFlow.js's backends for browsers. The build takes them into this package: as packages of their own, with source maps and other builds, they
// and what they need are 40 MB, which every install would bring.
export const wasmLibrary = () => import('@tensorflow/tfjs-backend-wasm');
export const webgpuLibrary = () => import('@tensorflow/tfjs-backend-webgpu');
