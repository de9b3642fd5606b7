/** A pinhole camera with lens distortion. */
export interface Camera {
  /** Focal length in pixels, horizontal and vertical. */
  focalLength: readonly [number, number];
  /** Principal point in pixels. The parameters' authors count pixels from 1 when they project, and from 0 when they undistort. */
  center: readonly [number, number];
  /** k1, k2, p1, p2, k3: radial and tangential coefficients of Brown's model. */
  distortion: readonly [number, number, number, number, number];
}

/**
 * The Kinect of NYU Depth v2: intrinsic parameters of its color and its depth camera, and how one stands to the other
 * (`camera_params` of the data set's toolbox). They hold for 640 by 480 pixels.
 */
export const KINECT = {
  width: 640,
  height: 480,
  color: {
    focalLength: [518.85790117450188, 519.46961112127485],
    center: [325.58244941119034, 253.73616633400465],
    distortion: [
      0.20796615318809061, -0.58613825163911781, 7.2231363135888329e-4, 1.0479627195765181e-3, 0.49856986684705107,
    ],
  },
  depth: {
    focalLength: [582.62448167737955, 582.69103270988637],
    center: [313.04475870804731, 238.44389626620386],
    distortion: [
      -0.099897236553084481, 0.39065324602765344, 1.9290592870229277e-3, -1.9422022475975055e-3, -0.51031725053400578,
    ],
  },
  /**
   * Depth camera to color camera, rows. The toolbox negates the listed matrix, fills it column by column, and inverts its transpose: what
   * remains is the inverse of the negated listing, and, a rotation's inverse being its transpose, this.
   */
  rotation: [
    [-9.9997798940829263e-1, 5.0359919480810989e-3, 4.3196624923060242e-3],
    [-5.0518419386157446e-3, -9.9998051861143999e-1, -3.6662365748484798e-3],
    [-4.3011152014118693e-3, 3.6879781309514218e-3, -9.9998394948385538e-1],
  ],
  /** Metres, in the order in which the toolbox adds them: its second is the one it names z, its third y. Kept, to match published depth. */
  translation: [0.025031875059141302, -2.9342312935846411e-4, 6.6238747008330102e-4],
} as const satisfies { color: Camera; depth: Camera; [more: string]: unknown };

/**
 * A camera of the Kinect for images of another width: the whole sensor, in fewer or more pixels.
 *
 * @param firstPixel what the first pixel is counted as: its center stays in place, at half a pixel from the edge.
 */
export function scaledCamera(camera: Camera, width: number, firstPixel: 0 | 1): Camera {
  if (width === KINECT.width) return camera;
  const scale = width / KINECT.width;
  const move = (center: number) => (center - firstPixel + 0.5) * scale - 0.5 + firstPixel;
  return {
    focalLength: [camera.focalLength[0] * scale, camera.focalLength[1] * scale],
    center: [move(camera.center[0]), move(camera.center[1])],
    distortion: camera.distortion,
  };
}

/**
 * Depth in metres of a value of the Kinect: 351.3 / (1092.5 - disparity), at most 10; 0 where that is negative
 * (`depth_rel2depth_abs` of the data set's toolbox).
 */
export function disparityToDepth(disparity: number): number {
  const metres = 351.3 / (1092.5 - disparity);
  return metres < 0 ? 0 : Math.min(metres, MAX_DEPTH);
}

/** The Kinect's integer value of a depth in metres: the inverse of {@link disparityToDepth}, rounded. */
export function depthToDisparity(depth: number): number {
  return Math.floor(1092.5 - 351.3 / depth + 0.5);
}

/** Metres. The toolbox's `maxDepth`. */
const MAX_DEPTH = 10;
