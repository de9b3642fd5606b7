import { type Pose, poseFrom } from '../geometry/camera.js';
import type { SceneTracer } from '../geometry/scene-tracer.js';
import { halfExtents, type Primitive } from '../geometry/shapes.js';
import type { Random } from '../random.js';
import type { FloorArea } from '../scene/room-plan.js';

/** A pose, and the focal length there, as that of a 35-mm camera with the same angle across the picture's diagonal. */
export interface WideView extends Pose {
  focalLength: number;
}

/** Whole millimetres, as photographs state them: 100° to 40° across the longer side of a picture of 4 : 3. */
const FOCAL_LENGTHS = [15, 47] as const;
const CANDIDATES = 28;
/** Nearer surfaces would fill the picture with blur. */
const NEAREST = 0.22;
const RAYS = 12;

/** The diagonal of 36 by 24 mm. */
const DIAGONAL_35MM = Math.sqrt(36 * 36 + 24 * 24);

/** Pixels of a focal length that is stated for 35-mm film, in a picture of this size. */
export function focalLengthInPixels(millimetres: number, width: number, height: number): number {
  return (millimetres * Math.sqrt(width * width + height * height)) / DIAGONAL_35MM;
}

interface Room {
  width: number;
  depth: number;
  height: number;
  furniture: readonly FloorArea[];
}

/**
 * Camera poses as anybody may hold a camera: from 0.3 to 2.2 m above the floor, level or not, up close to furniture or across the room. Each
 * is the candidate of which the median depth is nearest to one drawn from 0.5 to 12 m.
 */
export function chooseWideViews(room: Room, tracer: SceneTracer, random: Random, count: number): WideView[] {
  const views: WideView[] = [];
  for (let view = 0; view < count; view++) {
    const wanted = 0.5 * twoTo(random.between(0, 4.8));
    let best: { view: WideView; rating: number } | undefined;
    for (let attempt = 0, found = 0; found < CANDIDATES && attempt < CANDIDATES * 20; attempt++) {
      const candidate = random.chance(wanted < 1.6 ? 0.75 : 0.25) ? closeUp(room, random) : anywhere(room, random);
      if (!candidate || isInside(candidate, tracer.primitives)) continue;
      const seen = look(tracer, candidate);
      if (seen.nearest < NEAREST || seen.shapes < 3 || seen.largest > 0.85) continue;
      found++;
      const off = seen.median > wanted ? seen.median / wanted : wanted / seen.median;
      const rating = off + 1.5 * Math.max(0, seen.largest - 0.35) - 0.06 * Math.min(seen.shapes, 25);
      if (!best || rating < best.rating) best = { view: candidate, rating };
    }
    const { width, depth, height } = room;
    const inTheMiddle = () => ({
      ...poseFrom([width / 2, height - 0.3, depth / 2], view * 2.1, -0.5),
      focalLength: 20,
    });
    views.push(best?.view ?? inTheMiddle());
  }
  return views;
}

/** 2 to a power, by its series between whole numbers. */
function twoTo(power: number): number {
  const whole = Math.floor(power);
  const x = (power - whole) * Math.LN2;
  return (1 << whole) * (1 + x * (1 + (x / 2) * (1 + (x / 3) * (1 + (x / 4) * (1 + x / 5)))));
}

function anywhere({ width, depth, height }: Room, random: Random): WideView {
  const margin = 0.25;
  const position = [
    random.between(margin, width - margin),
    random.between(0.3, Math.min(2.2, height - 0.2)),
    random.between(margin, depth - margin),
  ] as const;
  const pitch = random.between(-0.35, 0.35) + random.between(-0.5, 0.2);
  return aimed(position, random.between(0, 6.283), pitch, random);
}

/** From half a metre or more, at some point of a piece of furniture. */
function closeUp({ width, depth, height, furniture }: Room, random: Random): WideView | undefined {
  if (furniture.length === 0) return undefined;
  const area = random.pick(furniture);
  const [x, z] = [random.between(area.left, area.right), random.between(area.back, area.front)];
  const y = random.between(0.4, 1) * Math.min(area.height, 1.8);
  const yaw = random.between(0, 6.283);
  const pitch = random.between(-1.1, 0.25);
  const away = random.between(0.5, 1.9);
  const { forward } = poseFrom([x, y, z], yaw, pitch);
  const position = [x - away * forward[0], y - away * forward[1], z - away * forward[2]] as const;
  const isOutside = position[0] < 0.2 || position[0] > width - 0.2 || position[2] < 0.2 || position[2] > depth - 0.2;
  if (isOutside || position[1] < 0.3 || position[1] > Math.min(2.2, height - 0.15)) return undefined;
  return aimed(position, yaw + random.between(-0.15, 0.15), pitch + random.between(-0.12, 0.12), random);
}

/** With a roll that is small most of the time, and a focal length of which short and long ones are as frequent. */
function aimed(position: readonly [number, number, number], yaw: number, pitch: number, random: Random): WideView {
  const roll = random.between(-0.09, 0.09) + (random.chance(0.15) ? random.between(-0.35, 0.35) : 0);
  const [shortest, longest] = FOCAL_LENGTHS;
  const focalLength = Math.floor(shortest * twoTo(random.between(0, 1.67)) + 0.5);
  return { ...poseFrom(position, yaw, pitch, roll), focalLength: Math.min(longest, focalLength) };
}

function isInside({ position: [x, y, z] }: Pose, primitives: readonly Primitive[]): boolean {
  return primitives.some(({ geometry, placement }) => {
    if (geometry.kind === 'panel') return false;
    const [hx, hy, hz] = halfExtents(geometry);
    const r = placement.rotation;
    const [px, py, pz] = [x - placement.x, y - placement.y, z - placement.z];
    return (
      Math.abs(r[0] * px + r[3] * py + r[6] * pz) < hx &&
      Math.abs(r[1] * px + r[4] * py + r[7] * pz) < hy &&
      Math.abs(r[2] * px + r[5] * py + r[8] * pz) < hz
    );
  });
}

/** What a square picture of few pixels shows. */
function look(tracer: SceneTracer, { position, right, down, forward, focalLength }: WideView) {
  const half = DIAGONAL_35MM / (2 * Math.sqrt(2) * focalLength);
  const depths = new Float64Array(RAYS * RAYS);
  const shapes = new Map<number, number>();
  for (let at = 0; at < depths.length; at++) {
    const x = half * (((at % RAYS) + 0.5) * (2 / RAYS) - 1) * 1.1;
    const y = half * ((Math.floor(at / RAYS) + 0.5) * (2 / RAYS) - 1) * 1.1;
    const [dx, dy, dz] = [0, 1, 2].map((axis) => right[axis]! * x + down[axis]! * y + forward[axis]!);
    const shape = tracer.nearest(...position, dx!, dy!, dz!, 0.001, 1e9);
    depths[at] = shape < 0 ? 1e9 : tracer.distance;
    shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
  }
  depths.sort();
  const largest = Math.max(...shapes.values()) / depths.length;
  return { nearest: depths[0]!, median: depths[depths.length >> 1]!, shapes: shapes.size, largest };
}
