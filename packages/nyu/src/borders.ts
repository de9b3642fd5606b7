import type { Frame } from './frame.js';

/** Rows and columns, the first included, the last not. */
export interface Region {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Where LLM-MDE's loader keeps depth, in frames of 640 by 480: what projection leaves empty lies outside. */
export const DEPTH_REGION: Region = { top: 45, bottom: 471, left: 43, right: 607 };

/** What BTS's extraction leaves of the color of labeled frames of 640 by 480: outside is the white frame that undistortion made. */
export const COLOR_REGION: Region = { top: 7, bottom: 473, left: 7, right: 631 };

/** A copy of the frame that has no depth outside the region. @throws RangeError if the region is not within the frame. */
export function keepDepth(frame: Frame, region: Region = DEPTH_REGION): Frame {
  const [depth, valid] = [frame.depth.slice(), frame.valid.slice()];
  forOutside(frame, region, (index) => {
    depth[index] = 0;
    valid[index] = 0;
  });
  return { ...frame, depth, valid };
}

/** A copy of the frame that is black outside the region. @throws RangeError if the region is not within the frame. */
export function keepColor(frame: Frame, region: Region = COLOR_REGION): Frame {
  const data = frame.image.data.slice();
  forOutside(frame, region, (index) => data.fill(0, 3 * index, 3 * index + 3));
  return { ...frame, image: { ...frame.image, data } };
}

function forOutside({ image: { width, height } }: Frame, region: Region, visit: (index: number) => void): void {
  const { top, bottom, left, right } = region;
  if (!(top >= 0 && top < bottom && bottom <= height && left >= 0 && left < right && right <= width)) {
    throw new RangeError(
      `The region of rows ${top} to ${bottom} and columns ${left} to ${right} is not within ${width} by ${height} pixels. The defaults are for 640 by 480.`,
    );
  }
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (row < top || row >= bottom || column < left || column >= right) visit(row * width + column);
    }
  }
}
