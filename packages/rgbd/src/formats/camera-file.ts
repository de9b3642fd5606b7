import { checkFieldOfView, type Intrinsics, resizeIntrinsics } from '@llm-mde/depth-maps';
import type { RgbImage } from '../types.js';

/**
 * The camera that a file states, in pixels of an image. Read are: a matrix of 3 by 3 or 4 by 4 as text (3DMatch, SUN RGB-D, ScanNet); width, height, fx, fy, cx and cy
 * (ARKitScenes' `.pincam`); fx, fy, cx and cy; ScanNet's `_info.txt`; JSON of Open3D (`intrinsic_matrix`), Record3D (`K`) and with `fx` or `fl_x`. Where the file states another size of
 * the image, the camera is scaled.
 *
 * @param frame the image's name, whose number counts where the file has a camera for each frame.
 * @throws RangeError if it is no such file, or no camera of this image.
 */
export function parseCamera(text: string, image: Pick<RgbImage, 'width' | 'height'>, frame: string): Intrinsics {
  const { size, ...camera } = text.trimStart().startsWith('{') ? ofJson(text, frame) : ofText(text);
  const scaled = size && size.width > 0 && size.height > 0 ? resizeIntrinsics(camera, size, image) : camera;
  checkFieldOfView(scaled, image);
  return scaled;
}

/** How many depth values a metre has by ScanNet's `_info.txt`; undefined if it does not say. */
export function parseDepthShift(text: string): number | undefined {
  const shift = Number(/^m_depthShift\s*=\s*(\S+)/m.exec(text)?.[1]);
  return shift > 0 ? shift : undefined;
}

type Stated = Intrinsics & { size?: { width: number; height: number } };

function ofText(text: string): Stated {
  const info = /^m_calibrationColorIntrinsic\s*=(.*)$/m.exec(text)?.[1];
  const numbers = (info ?? text)
    .trim()
    .split(/[\s,;[\]]+/)
    .filter((word) => word !== '')
    .map(Number);
  if (numbers.every(Number.isFinite)) {
    const [width, height] = ['m_colorWidth', 'm_colorHeight'].map((key) =>
      Number(new RegExp(`^${key}\\s*=\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0),
    );
    if (info !== undefined && numbers.length === 16)
      return { ...ofMatrix(numbers, 4), size: { width: width!, height: height! } };
    // ScanNet's depth matrices are followed by nothing; KITTI's and SUN3D's have nine numbers.
    if (numbers.length === 9) return ofMatrix(numbers, 3);
    if (numbers.length === 16) return ofMatrix(numbers, 4);
    if (numbers.length === 6) return { ...ofFour(numbers.slice(2)), size: { width: numbers[0]!, height: numbers[1]! } };
    if (numbers.length === 4) return ofFour(numbers);
  }
  throw new RangeError('It states no camera: expected a matrix of 3 by 3 or 4 by 4, or fx, fy, cx and cy.');
}

function ofJson(text: string, frame: string): Stated {
  const json = JSON.parse(text) as Record<string, unknown>;
  const numbers = (key: string, length: number) => {
    const value = [json[key]].flat(2);
    return value.length === length && value.every((each) => typeof each === 'number') ? (value as number[]) : undefined;
  };
  const number = (...keys: string[]) =>
    keys.map((key) => json[key]).find((value) => typeof value === 'number') as number;
  const size = { width: number('width', 'w') ?? 0, height: number('height', 'h') ?? 0 };
  const each = (json.perFrameIntrinsicCoeffs as number[][] | undefined)?.[Number(/\d+(?=\D*$)/.exec(frame)?.[0])];
  if (each?.length === 4) return { ...ofFour(each), size };
  // Column by column, as Open3D and Record3D write them.
  const matrix = numbers('intrinsic_matrix', 9) ?? numbers('K', 9);
  if (matrix) return { fx: matrix[0]!, fy: matrix[4]!, cx: matrix[6]!, cy: matrix[7]!, size };
  const [fx, cx, cy] = [number('fx', 'fl_x'), number('cx', 'ppx'), number('cy', 'ppy')];
  if ([fx, cx, cy].every((value) => value !== undefined)) return { fx, fy: number('fy', 'fl_y') ?? fx, cx, cy, size };
  throw new RangeError('It states no camera: expected intrinsic_matrix, K, or fx, fy, cx and cy.');
}

/** Row by row. */
function ofMatrix(numbers: readonly number[], columns: 3 | 4): Intrinsics {
  return { fx: numbers[0]!, fy: numbers[columns + 1]!, cx: numbers[2]!, cy: numbers[columns + 2]! };
}

function ofFour([fx, fy, cx, cy]: readonly number[]): Intrinsics {
  return { fx: fx!, fy: fy!, cx: cx!, cy: cy! };
}
