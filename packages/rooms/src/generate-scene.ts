import type { Furniture } from './furniture/piece.js';
import { makeStyle } from './furniture/style.js';
import type { Pose } from './geometry/camera.js';
import type { Scene } from './geometry/scene.js';
import { SceneBuilder } from './geometry/scene-builder.js';
import { SceneTracer } from './geometry/scene-tracer.js';
import { cosine, hash, hashText, sine } from './numeric.js';
import { Random } from './random.js';
import { chooseViews } from './scene/choose-views.js';
import { type FloorArea, RoomPlan, type Spot } from './scene/room-plan.js';
import { buildShell, onWall } from './scene/room-shell.js';
import { type Item, SCENE_TEMPLATES, SCENE_TYPES, type SceneType } from './scene/scene-templates.js';
import { scatter } from './wide/clutter.js';
import { relight, wear, widened, wideStyle } from './wide/wide-scene.js';
import { chooseWideViews, type WideView } from './wide/wide-views.js';

export interface SceneOptions {
  /** Any integer: another seed, other rooms. @default 0 */
  seed?: number;
  sceneType: SceneType;
  /** Which room of this type. @default 0 */
  sceneIndex?: number;
  /**
   * - `nyu`: rooms of homes and offices, seen as by NYU Depth v2's camera.
   * - `wide`: for training on photographs of any camera: also corridors and halls, more in the rooms, other light and other cameras.
   * - `mixed`: both in turn: rooms of even `sceneIndex` are those of `nyu`, seen by a 28-mm camera, the others those of `wide`.
   *
   * @default 'nyu'
   */
  variety?: Variety;
}

export type Variety = 'nyu' | 'wide' | 'mixed';

/** A furnished room, and where photographs are taken in it. */
export interface GeneratedScene extends Scene {
  /** NYU's way of naming: the type and a number of four digits. */
  name: string;
  sceneType: SceneType;
  /** Camera poses, the best first. */
  views: View[];
  /** Whether it is one of the variety `wide`. */
  isWide: boolean;
  /** What stands where, by its footprint. */
  furniture: FloorArea[];
  tracer: SceneTracer;
  /** From which everything about the room follows. */
  seed: number;
}

/** A pose, and for `wide` the focal length there: that of a 35-mm camera with the same angle across the diagonal. */
export type View = Pose & Partial<WideView>;

/** How many photographs of each room there are. */
export const VIEWS_PER_SCENE = 3;

/**
 * Builds a room of the given type: its size, walls, windows, doors, lights, furniture and camera poses. The same options give the same
 * room on every machine. Takes a few hundredths of a second.
 *
 * @throws RangeError if the type is unknown or a number is not whole.
 */
export function generateScene({ seed = 0, sceneType, sceneIndex = 0, variety = 'nyu' }: SceneOptions): GeneratedScene {
  checkOptions(seed, sceneType, sceneIndex, variety);
  const isWide = variety === 'wide' || (variety === 'mixed' && sceneIndex % 2 === 1);
  const sceneSeed = hash(seed, sceneIndex, isWide ? 1 : 0, hashText(sceneType));
  const random = new Random(sceneSeed);
  const template = SCENE_TEMPLATES[sceneType];
  const { size, shell, items, wallDecor } = isWide ? widened(template, random.fork()) : template;
  const width = random.between(...size.width);
  const depth = random.between(...size.depth);
  const height = random.between(...size.height);
  const plan = new RoomPlan(width, depth, height, random.fork());
  const style = isWide ? wideStyle(makeStyle(random.fork()), random.fork()) : makeStyle(random.fork());
  const builder = new SceneBuilder();
  const { night } = buildShell(builder, plan, random.fork(), style, shell);

  // Of which piece of furniture each shape is part, and how much a photographer wants it in the picture.
  const owners: number[] = builder.primitives.map(() => -1);
  const interest: number[] = [];
  for (const [order, item] of items.entries()) {
    if (!random.chance(item.chance ?? 1)) continue;
    const count = item.count ? random.integer(...item.count) : 1;
    for (let index = 0; index < count; index++) {
      const makers = typeof item.make === 'function' ? [item.make] : item.make;
      const first = random.integer(0, makers.length - 1);
      let furniture: Furniture | undefined;
      let spot: Spot | null = null;
      // Where one kind does not fit, another may.
      for (let attempt = 0; attempt < Math.max(makers.length, 2) && !spot; attempt++) {
        furniture = makers[(first + attempt) % makers.length]!(random.fork(), style);
        if (furniture.height <= height - 0.05) spot = findSpot(plan, furniture, item.place ?? 'wall');
      }
      if (!spot || !furniture) continue;
      const { build } = furniture;
      builder.withTransform(spot, () => build(builder));
      owners.push(...new Array(builder.primitives.length - owners.length).fill(interest.length));
      interest.push(1 / (1 + 0.35 * order));
    }
  }
  for (const { make, count } of wallDecor) {
    for (let index = random.integer(...count); index > 0; index--) {
      const thing = make(random.fork(), style);
      const found = plan.hang(thing);
      if (!found) continue;
      onWall(builder, plan, found.wall, () =>
        builder.withTransform({ x: found.along, y: thing.middle }, () => thing.build(builder)),
      );
    }
  }

  if (isWide) {
    const tries = Math.min(700, 90 + 18 * plan.width * plan.depth);
    scatter(builder, plan, random.fork(), style, random.between(0.2, 1) * tries);
    wear(builder.primitives, random.fork());
  }
  const tracer = new SceneTracer(builder.primitives);
  const furniture = plan.occupied;
  const views = isWide
    ? chooseWideViews({ width, depth, height, furniture }, tracer, random.fork(), VIEWS_PER_SCENE)
    : chooseViews(plan, tracer, random.fork(), VIEWS_PER_SCENE, owners, interest);
  const scene: GeneratedScene = {
    name: `${sceneType}_${String(sceneIndex).padStart(4, '0')}`,
    sceneType,
    width,
    depth,
    height,
    primitives: builder.primitives,
    lights: isWide ? relight(builder.lights, random.fork()) : builder.lights,
    views,
    isWide,
    furniture,
    tracer,
    seed: sceneSeed,
  };
  if (!night && random.chance(0.5)) {
    const turn = random.between(0, 6.28);
    const up = random.between(0.35, 0.7);
    const flat = Math.sqrt(1 - up * up);
    scene.sun = { direction: [flat * cosine(turn), up, flat * sine(turn)], radiance: [5.5, 4.9, 3.9] };
  }
  return scene;
}

/** @param index of the scene or the frame. */
export function checkOptions(seed: number, sceneType: SceneType, index: number, variety: Variety): void {
  if (variety !== 'nyu' && variety !== 'wide' && variety !== 'mixed') {
    throw new RangeError(`Unknown variety ${JSON.stringify(variety)}: use nyu, wide or mixed.`);
  }
  if (!SCENE_TYPES.includes(sceneType)) {
    throw new RangeError(`Unknown scene type ${JSON.stringify(sceneType)}: use one of ${SCENE_TYPES.join(', ')}.`);
  }
  if (!Number.isInteger(seed)) throw new RangeError(`seed must be an integer, got ${seed}.`);
  if (!Number.isInteger(index) || index < 0) {
    throw new RangeError(`sceneIndex and frameIndex must be non-negative integers, got ${index}.`);
  }
}

function findSpot(plan: RoomPlan, furniture: Furniture, place: NonNullable<Item['place']>): Spot | null {
  if (place === 'center')
    return plan.standFree(furniture, 0.15) ?? plan.standFree(furniture, 0.5) ?? findSpot(plan, furniture, 'free');
  if (place === 'free') return plan.standFree(furniture);
  return (place !== 'wall' && plan.standAtWall(furniture, place)) || plan.standAtWall(furniture);
}
