/** A file of the raw dump, as its name says: `d-1316653580.471513-1316138413.pgm`. */
export interface RawFile {
  name: string;
  /** Seconds since 1970. */
  time: number;
}

/** What a raw file's name says: its kind (a: accelerometer, d: depth, r: color) and time; undefined for any other file. */
export function parseRawName(name: string): (RawFile & { kind: 'a' | 'd' | 'r' }) | undefined {
  const match = /^(?:(a)-([\d.]+)-\d+\.dump|(d)-([\d.]+)-\d+\.pgm|(r)-([\d.]+)-\d+\.ppm)$/.exec(name);
  if (!match) return undefined;
  const kind = (match[1] ?? match[3] ?? match[5]) as 'a' | 'd' | 'r';
  return { kind, name, time: Number(match[2] ?? match[4] ?? match[6]) };
}

/**
 * Gives every depth image a color image (`get_synched_frames` of the data set's toolbox). Both are gone through in the order of
 * time; from one depth image to the next, the color image moves on while its distance in time does not grow. So color never goes back, and one
 * color image may serve several depth images.
 *
 * @returns pairs in the order of depth; none if there is no color at all.
 */
export function synchronize<T extends RawFile>(depths: readonly T[], colors: readonly T[]): { depth: T; color: T }[] {
  if (colors.length === 0) return [];
  const inOrder = colors.toSorted(byTime);
  let at = 0;
  return depths.toSorted(byTime).map((depth) => {
    const distance = (index: number) => Math.abs(depth.time - inOrder[index]!.time);
    while (at + 1 < inOrder.length && distance(at + 1) <= distance(at)) at++;
    return { depth, color: inOrder[at]! };
  });
}

function byTime(a: RawFile, b: RawFile): number {
  return a.time - b.time || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
