import { type Camera, disparityToDepth, KINECT, scaledCamera } from '@llm-mde/depth-maps';
import { DatasetError, type DepthMap, type RgbImage } from '@llm-mde/rgbd';
import type { RawDepthImage } from '@llm-mde/rgbd/formats';
import { type UndistortionMap, undistortColor, undistortDepth, undistortionMap } from './undistort.js';

/**
 * Makes a frame of what the Kinect's two cameras took: undistorts both, and brings the depth to the color camera's pixels
 * (`project_depth_map` of the data set's toolbox).
 *
 * 1. Noise, that is the image's greatest value, and values below 600 hold no measurement, before and after undistortion.
 * 2. Values become metres (`disparityToDepth`), metres become points before the depth camera, and these move to the color camera.
 * 3. A point's pixel is the nearest one, counted from 1; the last column and row get none. Of several points the nearest wins.
 * 4. The depth stored is the one seen from the depth camera, as in the published maps.
 *
 * @param depth the sensor's values, `[height, width]`.
 * @param color of the same size.
 * @returns undistorted color, white beyond the lens's edge, and metres at its pixels; 0 where nothing was measured or no point fell.
 * @throws DatasetError if the sizes differ, or are not the Kinect's 4 to 3.
 */
export function projectDepth(
  depth: RawDepthImage,
  color: RgbImage,
  file: string,
): { image: RgbImage; depth: DepthMap } {
  const { width, height } = depth;
  checkSizes(depth, color, file);
  const maps = mapsOfSize(width, height);
  const values = undistortDepth(depth.data, maps.depth, { noise: greatest(depth.data), nearest: NEAREST_VALUE });
  const image: RgbImage = { data: undistortColor(color.data, maps.color), width, height, channels: 3 };
  return { image, depth: { data: project(values, width, height), width, height } };
}

/** Values below this are closer than the sensor can see (0.71 m). */
const NEAREST_VALUE = 600;

function project(values: Float64Array, width: number, height: number): Float32Array {
  const from = scaledCamera(KINECT.depth, width, 1);
  const to = scaledCamera(KINECT.color, width, 1);
  const [r, t] = [KINECT.rotation, KINECT.translation];
  const result = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const z = disparityToDepth(values[row * width + column]!);
      if (!(z > 0)) continue;
      const x = ((column + 1 - from.center[0]) * z) / from.focalLength[0];
      const y = ((row + 1 - from.center[1]) * z) / from.focalLength[1];
      const movedX = r[0][0] * x + r[0][1] * y + r[0][2] * z + t[0];
      const movedY = r[1][0] * x + r[1][1] * y + r[1][2] * z + t[1];
      const movedZ = r[2][0] * x + r[2][1] * y + r[2][2] * z + t[2];
      const u = Math.floor((movedX * to.focalLength[0]) / movedZ + to.center[0] + 0.5);
      const v = Math.floor((movedY * to.focalLength[1]) / movedZ + to.center[1] + 0.5);
      if (!(u > 0 && u < width && v > 0 && v < height)) continue;
      const index = (v - 1) * width + (u - 1);
      if (result[index] === 0 || z < result[index]!) result[index] = z;
    }
  }
  return result;
}

function greatest(data: Uint16Array): number {
  let value = 0;
  for (let index = 0; index < data.length; index++) if (data[index]! > value) value = data[index]!;
  // Whatever it is: real images hold 2047 somewhere. One without any noise loses its farthest pixels, as it does in the toolbox.
  return value;
}

function checkSizes(depth: RawDepthImage, color: RgbImage, file: string): void {
  if (depth.width !== color.width || depth.height !== color.height) {
    throw new DatasetError(
      `The depth image has ${depth.width} by ${depth.height} pixels, but the color image ${color.width} by ${color.height}. Both must be equal.`,
      { file },
    );
  }
  if (depth.width * KINECT.height !== depth.height * KINECT.width) {
    throw new DatasetError(
      `It has ${depth.width} by ${depth.height} pixels. The camera parameters are known for 640 by 480, and for other sizes of that shape.`,
      { file },
    );
  }
}

interface Maps {
  depth: UndistortionMap;
  color: UndistortionMap;
}

/** All frames of a data set have one size: its maps are kept. */
function mapsOfSize(width: number, height: number): Maps {
  if (lastMaps?.width !== width || lastMaps.height !== height) {
    const map = (camera: Camera) => undistortionMap(scaledCamera(camera, width, 0), width, height);
    lastMaps = { width, height, depth: map(KINECT.depth), color: map(KINECT.color) };
  }
  return lastMaps;
}

let lastMaps: (Maps & { width: number; height: number }) | undefined;
