import { shade } from '../furniture/small-objects.js';
import type { Style } from '../furniture/style.js';
import type { SceneBuilder } from '../geometry/scene-builder.js';
import type { Hole } from '../geometry/shapes.js';
import { type Color, rgb, scaled } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import { hash } from '../numeric.js';
import type { Random } from '../random.js';
import { type RoomPlan, WALLS, type Wall } from './room-plan.js';
import {
  type CeilingKind,
  ceilingMaterial,
  FLOOR_MATERIALS,
  type FloorKind,
  WALL_MATERIALS,
  type WallKind,
} from './shell-materials.js';

type WindowStyle = 'home' | 'strip' | 'balcony' | 'small';
type CeilingLight = 'panels' | 'dome' | 'pendant' | 'tube' | 'spots';

export interface ShellOptions {
  floors: readonly FloorKind[];
  walls: readonly WallKind[];
  /** @default 'plain' */
  ceiling?: CeilingKind;
  /** @default lamps of a home */
  light?: readonly CeilingLight[];
  /** From how many to how many. */
  windows: readonly [number, number];
  /** From how many to how many. @default one, in large rooms often two */
  doors?: readonly [number, number];
  /** How wide and high the windows are. @default 'home' */
  windowStyle?: WindowStyle;
  /** @default 'curtains' */
  covering?: 'curtains' | 'blinds' | 'none';
}

const HOME_LIGHT: readonly CeilingLight[] = ['dome', 'pendant', 'spots', 'dome'];

/** A quarter of a turn, in radians. */
const QUARTER = 1.5707963267948966;

interface Opening {
  wall: Wall;
  along: number;
  width: number;
  bottom: number;
  top: number;
}

/** Floor, walls with their windows and doors, ceiling and what lights the room from there. */
export function buildShell(
  builder: SceneBuilder,
  plan: RoomPlan,
  random: Random,
  style: Style,
  options: ShellOptions,
): { night: boolean } {
  const { width, depth, height } = plan;
  const night = random.chance(0.3);
  const doors = addDoors(plan, random, options);
  const windows = addWindows(plan, random, options);
  const openings = [...doors, ...windows];

  const floor = FLOOR_MATERIALS[random.pick(options.floors)](random, random.integer(1, 1e6));
  const paint = WALL_MATERIALS[random.pick(options.walls)](random, random.integer(1, 1e6));
  const tiled = options.walls.includes('tiled');
  const skirting = random.pick([style.whiteWood, style.wood, style.whiteWood]);

  builder.withTransform({ x: width / 2, z: depth / 2, pitch: -QUARTER }, () =>
    builder.panel(0, 0, 0, width, depth, floor),
  );
  builder.withTransform({ x: width / 2, y: height, z: depth / 2, pitch: QUARTER }, () =>
    builder.panel(0, 0, 0, width, depth, ceilingMaterial(random, options.ceiling)),
  );
  if (options.ceiling === 'beams') {
    for (let x = 0.6; x < width; x += 0.9) builder.box(x, height - 0.2, depth / 2, 0.09, 0.2, depth, style.wood);
  }
  for (const wall of WALLS) {
    const length = plan.lengthOf(wall);
    const here = openings.filter((opening) => opening.wall === wall);
    const holes: Hole[] = here.map(({ along, width: wide, bottom, top }) => ({
      left: along - wide / 2,
      right: along + wide / 2,
      bottom: bottom - height / 2,
      top: top - height / 2,
    }));
    onWall(builder, plan, wall, () => {
      builder.panel(0, height / 2, 0, length, height, paint, holes);
      if (tiled) tiledLowerWall(builder, random, length, here);
      else addSkirting(builder, skirting, length, here);
    });
  }
  for (const door of doors) onWall(builder, plan, door.wall, () => buildDoor(builder, random, style, door));
  for (const window of windows) {
    onWall(builder, plan, window.wall, () => buildWindow(builder, random, style, window, night, options));
  }
  addCeilingLights(builder, random, style, plan, options, night || windows.length === 0);
  return { night };
}

export function onWall(builder: SceneBuilder, plan: RoomPlan, wall: Wall, build: () => void): void {
  const [x, z] = plan.fromWall(wall, 0, 0);
  builder.withTransform({ x, z, quarterTurns: wall }, build);
}

function addDoors(plan: RoomPlan, random: Random, { doors: wanted }: ShellOptions): Opening[] {
  const doors: Opening[] = [];
  const usual = () => (plan.width * plan.depth > 18 && random.chance(0.6) ? 2 : 1);
  const count = wanted ? random.integer(...wanted) : usual();
  for (let index = 0; index < count; index++) {
    const found = plan.findOnWall(0.95, 0, 2.1, WALLS, 0.15);
    if (!found) continue;
    const { wall, along } = found;
    plan.takeWall(wall, along, 1.1, 0, 2.15);
    plan.reserveBefore(wall, along, 0.9, 0.8);
    doors.push({ wall, along, width: 0.86, bottom: 0, top: 2.03 });
  }
  return doors;
}

/** Width, lower and upper edge of a window. */
const WINDOW_SIZES: Record<
  WindowStyle,
  (random: Random, ceiling: number, wallLength: number) => [width: number, bottom: number, top: number]
> = {
  home: (random, ceiling) => [
    random.between(0.9, 1.6),
    random.between(0.8, 1),
    Math.min(random.between(2, 2.25), ceiling - 0.2),
  ],
  strip: (random, ceiling, wallLength) => [
    Math.min(random.between(1.8, 2.8), wallLength - 0.6),
    0.95,
    Math.min(2.3, ceiling - 0.25),
  ],
  balcony: (random) => [random.between(1.6, 2.4), 0.06, 2.2],
  small: (random, ceiling) => [random.between(0.6, 0.9), 1.45, Math.min(2.05, ceiling - 0.2)],
};

function addWindows(plan: RoomPlan, random: Random, { windows, windowStyle = 'home' }: ShellOptions): Opening[] {
  const made: Opening[] = [];
  const count = random.integer(windows[0], windows[1]);
  const side = random.pick(WALLS);
  for (let index = 0; index < count; index++) {
    const [width, bottom, top] = WINDOW_SIZES[windowStyle](random, plan.height, plan.lengthOf(side));
    const walls = index === 0 || windowStyle === 'strip' ? [side, side, ...WALLS] : WALLS;
    const found = plan.findOnWall(width + 0.3, bottom, top, walls);
    if (!found) continue;
    plan.takeWall(found.wall, found.along, width + 0.3, bottom - 0.05, top + 0.1);
    if (windowStyle === 'balcony') plan.reserveBefore(found.wall, found.along, width, 0.6);
    made.push({ ...found, width, bottom, top });
  }
  return made;
}

function buildDoor(a: SceneBuilder, random: Random, style: Style, { along, width, top }: Opening): void {
  const leaf = random.pick([style.whiteWood, style.wood, style.darkWood]);
  const frame = random.pick([style.whiteWood, leaf]);
  const front: Material = { ...leaf, texture: textures.fronts(leaf.texture, 2, 3) };
  a.withTransform({ x: along }, () => {
    for (const x of [-1, 1]) a.box(x * (width / 2 + 0.035), 0, 0.008, 0.08, top + 0.07, 0.03, frame, 0.004);
    a.box(0, top, 0.008, width + 0.15, 0.08, 0.03, frame, 0.004);
    for (const x of [-1, 1]) a.box(x * (width / 2 - 0.01), 0, -0.08, 0.02, top, 0.16, frame);
    a.box(0, top - 0.02, -0.08, width, 0.02, 0.16, frame);
    a.box(0, -0.05, -0.09, width, 0.054, 0.2, style.wood);
    if (random.chance(0.7)) {
      a.box(0, 0, -0.05, width - 0.02, top, 0.045, front);
      handle(width / 2 - 0.1, -0.02);
      return;
    }
    // It stands open to a passage.
    const length = random.between(1.4, 2.6);
    const wall: Material = { texture: textures.plain(rgb(206, 200, 186), random.integer(1, 999)) };
    a.box(0, -0.05, -length / 2 - 0.16, 2.4, 0.05, length, { texture: textures.carpet(rgb(130, 118, 100), 3) });
    a.box(0, 2.4, -length / 2 - 0.16, 2.4, 0.05, length, wall);
    for (const x of [-1.2, 1.2]) a.box(x, -0.05, -length / 2 - 0.16, 0.05, 2.5, length, wall);
    a.box(0, -0.05, -length - 0.16, 2.4, 2.5, 0.05, wall);
    for (const x of [-1, 1]) a.box(x * (0.6 + width / 4), -0.05, -0.17, 1.2 - width / 2, 2.5, 0.02, wall);
    a.box(0, top, -0.17, width, 0.45, 0.02, wall);
    a.box(0.2, 1.2, -length - 0.11, 0.5, 0.6, 0.03, { texture: textures.painting(random.integer(1, 999)) });
    a.sphereLight(0, 2.2, -length * 0.6 - 0.2, 0.09, scaled([1, 0.85, 0.65], random.between(1, 7)));
    a.withTransform({ x: -width / 2 + 0.03, z: -0.15, quarterTurns: 3 }, () => {
      a.box(-0.4, 0.005, 0.03, 0.8, top - 0.03, 0.045, front);
    });
  });

  function handle(x: number, z: number) {
    a.bar([x, 1.02, z], [x, 1.02, z + 0.06], 0.01, style.chrome);
    a.bar([x + 0.01, 1.02, z + 0.06], [x - 0.11, 1.02, z + 0.06], 0.01, style.chrome);
    a.box(x, 0.93, z - 0.005, 0.04, 0.18, 0.012, style.chrome, 0.004);
  }
}

function buildWindow(
  a: SceneBuilder,
  random: Random,
  style: Style,
  { along, width, bottom, top }: Opening,
  night: boolean,
  { covering = 'curtains', windowStyle = 'home' }: ShellOptions,
): void {
  const height = top - bottom;
  const frame = random.pick([style.whiteWood, style.whiteWood, style.wood, style.darkWood]);
  const brightness = night ? 0.25 : random.between(2.2, 4.5);
  const view: Material = {
    texture: textures.outside(random.integer(0, 1e6), night),
    emission: brightness * 0.9,
    reflectivity: 0.02,
    infrared: 'lost',
  };
  a.withTransform({ x: along, y: bottom }, () => {
    a.box(0, 0, -0.12, width, height, 0.01, view);
    for (const x of [-1, 1]) a.box(x * (width / 2 - 0.008), 0, -0.06, 0.016, height, 0.13, style.whiteWood);
    for (const y of [0, height - 0.016]) a.box(0, y, -0.06, width, 0.016, 0.13, style.whiteWood);
    const columns = windowStyle === 'small' ? 1 : Math.max(2, Math.round(width / 0.75));
    for (let bar = 0; bar <= columns; bar++) {
      a.box(-width / 2 + 0.03 + (bar * (width - 0.06)) / columns, 0, -0.095, 0.055, height, 0.04, frame);
    }
    for (const y of [0, height - 0.055]) a.box(0, y, -0.095, width, 0.055, 0.04, frame);
    if (random.chance(0.4) && windowStyle === 'home') a.box(0, height * 0.55, -0.095, width, 0.035, 0.035, frame);
    if (windowStyle !== 'balcony') {
      a.box(0, -0.04, 0.03, width + 0.12, 0.035, 0.18, style.whiteWood, 0.008);
      for (const x of [-1, 1]) a.box(x * (width / 2 + 0.03), -0.02, 0.008, 0.07, height + 0.08, 0.025, style.whiteWood);
      a.box(0, height, 0.008, width + 0.13, 0.07, 0.025, style.whiteWood);
    }
    const sky: Color = night ? [0.05, 0.06, 0.1] : scaled([0.9, 0.97, 1.08], brightness);
    a.rectangleLight(0, height / 2, 0.012, width * 0.92, height * 0.92, sky);
    if (covering === 'none' || random.chance(0.15)) return;
    if (covering === 'blinds' || (windowStyle === 'strip' && random.chance(0.6))) {
      const drawn = height * random.between(0.2, 0.75);
      a.box(0, height - drawn, -0.035, width - 0.05, drawn, 0.008, {
        texture: textures.blinds(rgb(226, 222, 208)),
        emission: night ? 0 : 0.55 * brightness,
      });
      a.box(0, height - 0.05, -0.03, width - 0.04, 0.05, 0.05, style.whitePlastic);
      return;
    }
    const floorLength = random.chance(0.5) || windowStyle === 'balcony';
    const curtainTop = height + 0.12;
    const curtainBottom = floorLength ? -bottom + 0.03 : -0.14;
    const gathered = random.between(0.16, 0.3);
    a.bar([-width / 2 - 0.25, curtainTop, 0.09], [width / 2 + 0.25, curtainTop, 0.09], 0.013, style.darkWood);
    for (const side of [-1, 1]) {
      const folds = Math.max(4, Math.round((gathered * width + 0.2) / 0.05));
      for (let fold = 0; fold < folds; fold++) {
        const x = side * (width / 2 + 0.2 - fold * 0.05);
        const z = 0.09 + (fold & 1 ? 0.016 : -0.016);
        a.cylinder(x, curtainBottom, z, 0.033, curtainTop - curtainBottom, style.curtain, 0.028);
      }
    }
  });
}

function addCeilingLights(
  a: SceneBuilder,
  random: Random,
  style: Style,
  plan: RoomPlan,
  { light = HOME_LIGHT }: ShellOptions,
  needed: boolean,
): void {
  const { width, depth, height } = plan;
  const kind = random.pick(light);
  const isOn = needed || kind === 'panels' || random.chance(0.6);
  // Halls have fewer and stronger lamps than homes and offices, for their area.
  const sparse = Math.max(1, Math.sqrt((width * depth) / 60));
  const warm: Color = random.pick([
    [1, 0.8, 0.56],
    [1, 0.87, 0.7],
    [1, 0.94, 0.84],
  ]);
  const white = textures.plain(rgb(255, 250, 238), 1, 0.01);
  const off: Material = { texture: textures.plain(rgb(228, 226, 218), 1, 0.01) };
  const glow = (emission: number): Material => (isOn ? { texture: white, emission } : off);
  if (kind === 'panels' || kind === 'tube') {
    const cold: Color = random.pick([
      [1, 0.98, 0.92],
      [0.95, 1, 1],
      [1, 0.95, 0.84],
    ]);
    for (const [x, z] of grid(width, depth, 2.4 * sparse, 2.4 * sparse)) {
      a.withTransform({ x, y: height, z, pitch: QUARTER }, () => {
        if (kind === 'panels') {
          a.box(0, -0.6, 0, 0.6, 1.2, 0.03, style.whitePlastic);
          a.panel(0, 0, 0.0165, 0.54, 1.14, glow(3));
          if (isOn) a.rectangleLight(0, 0, 0.02, 0.54, 1.14, scaled(cold, 4.5 * sparse * sparse));
        } else {
          a.box(0, -0.65, 0.03, 0.16, 1.3, 0.06, style.whitePlastic);
          for (const tube of [-0.03, 0.03]) a.box(tube, -0.6, 0.075, 0.03, 1.2, 0.03, glow(5));
          if (isOn) a.rectangleLight(0, 0, 0.1, 0.12, 1.2, scaled(cold, 16 * sparse * sparse));
        }
      });
    }
    return;
  }
  if (kind === 'spots') {
    for (const [x, z] of grid(width, depth, 1.5 * sparse, 1.6 * sparse)) {
      a.cylinder(x, height - 0.012, z, 0.075, 0.012, style.whitePlastic);
      a.cylinder(x, height - 0.016, z, 0.055, 0.008, glow(6));
      if (!isOn) continue;
      a.withTransform({ x, y: height - 0.02, z, pitch: QUARTER }, () =>
        a.rectangleLight(0, 0, 0, 0.12, 0.12, scaled(warm, 46 * sparse * sparse)),
      );
    }
    return;
  }
  const count = width * depth > 22 ? 2 : 1;
  for (let index = 0; index < count; index++) {
    const x = width * (count === 1 ? 0.5 : 0.3 + 0.4 * index) + random.between(-0.2, 0.2);
    const z = depth * 0.5 + random.between(-0.3, 0.3);
    if (kind === 'dome') {
      a.cylinder(x, height - 0.03, z, 0.2, 0.03, style.metal);
      a.ellipsoid(x, height - 0.035, z, 0.18, 0.09, 0.18, glow(2.6));
      if (isOn) a.sphereLight(x, height - 0.18, z, 0.13, scaled(warm, 18));
    } else {
      const drop = Math.min(0.8, height - 1.95);
      a.cylinder(x, height - 0.02, z, 0.06, 0.02, style.metal);
      a.cylinder(x, height - drop, z, 0.006, drop, style.blackPlastic);
      a.withTransform({ x, z }, () => shade(a, height - drop - 0.22, 0.2, 0.13, 0.24, isOn));
    }
  }
}

/** Places that fill the ceiling evenly, about so far from each other. */
function grid(width: number, depth: number, gapX: number, gapZ: number): [x: number, z: number][] {
  const columns = Math.max(1, Math.round(width / gapX));
  const rows = Math.max(1, Math.round(depth / gapZ));
  return Array.from({ length: columns * rows }, (_, index) => [
    (width * (Math.floor(index / rows) + 0.5)) / columns,
    (depth * ((index % rows) + 0.5)) / rows,
  ]);
}

function tiledLowerWall(a: SceneBuilder, random: Random, length: number, openings: readonly Opening[]): void {
  const top = 1.3;
  const seed = hash(Math.floor(length * 100), 1);
  const tiles = (color: Color, size: number): Material => ({
    texture: textures.tiles(color, rgb(176, 178, 174), size, seed),
    reflectivity: 0.05,
  });
  const tile = tiles(rgb(224, 226, 222), 0.15);
  const edge = tiles(rgb(96, 128, 140), 0.075);
  const low = openings.filter(({ bottom }) => bottom < top);
  for (const [from, to] of freeStretches(length, low)) {
    a.box((from + to) / 2, 0, 0.005, to - from, top, 0.01, tile);
    a.box((from + to) / 2, top, 0.007, to - from, 0.06, 0.014, edge);
  }
  for (const { along, width, bottom } of openings) {
    if (bottom > 0 && bottom < top) a.box(along, 0, 0.005, width, bottom - 0.06, 0.01, tile);
  }
  random.unit();
}

function addSkirting(a: SceneBuilder, material: Material, length: number, openings: readonly Opening[]): void {
  const doors = openings.filter(({ bottom }) => bottom < 0.1);
  for (const [from, to] of freeStretches(length, doors, 0.07))
    a.box((from + to) / 2, 0, 0.008, to - from, 0.09, 0.016, material, 0.004);
}

/** The stretches of a wall between openings. */
function freeStretches(length: number, openings: readonly Opening[], margin = 0): [number, number][] {
  const stretches: [number, number][] = [];
  let from = -length / 2;
  for (const { along, width } of [...openings].sort((one, other) => one.along - other.along)) {
    if (along - width / 2 - margin > from) stretches.push([from, along - width / 2 - margin]);
    from = Math.max(from, along + width / 2 + margin);
  }
  if (length / 2 > from) stretches.push([from, length / 2]);
  return stretches;
}
