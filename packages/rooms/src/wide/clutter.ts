import * as things from '../furniture/small-objects.js';
import { accentMaterial, type Style } from '../furniture/style.js';
import { Hit } from '../geometry/hit.js';
import type { SceneBuilder } from '../geometry/scene-builder.js';
import { SceneTracer } from '../geometry/scene-tracer.js';
import { rgb } from '../materials/color.js';
import { packaging, patterned } from '../materials/patterns.js';
import * as textures from '../materials/textures.js';
import type { Random } from '../random.js';
import type { RoomPlan } from '../scene/room-plan.js';

/** A small thing: how wide it is, and how to build it around the middle of its underside. */
interface Thing {
  width: number;
  /** Whether it lies about on floors rather than on tables and shelves. */
  onFloor?: boolean;
  build(a: SceneBuilder, random: Random, style: Style): void;
}

const seedOf = (random: Random) => random.integer(0, 1e6);
const cloth = (random: Random) => ({
  texture: patterned(textures.vivid(seedOf(random)), textures.vivid(seedOf(random)), seedOf(random)),
});

type Range = readonly [least: number, greatest: number];

/** A printed box of a size within these ranges, in metres. */
const parcel =
  (width: Range, height: Range, depth: Range): Thing['build'] =>
  (a, r) =>
    a.box(
      0,
      0,
      0,
      r.between(...width),
      r.between(...height),
      r.between(...depth),
      { texture: packaging(seedOf(r)) },
      0.002,
    );

const THINGS: readonly Thing[] = [
  { width: 0.2, build: parcel([0.1, 0.2], [0.12, 0.3], [0.04, 0.09]) },
  { width: 0.16, build: parcel([0.07, 0.15], [0.05, 0.12], [0.06, 0.15]) },
  { width: 0.08, build: can },
  { width: 0.1, build: (a, r) => things.mug(a, r) },
  { width: 0.08, build: (a, r) => things.bottle(a, r) },
  { width: 0.3, build: (a, r, style) => things.bowl(a, r, style) },
  { width: 0.3, build: (a, r) => things.bookStack(a, r) },
  { width: 0.35, build: (a, r) => things.bookRow(a, r, 0.32, 0.3, 0.2, r.between(0.4, 1)) },
  {
    width: 0.3,
    build: (a, r) => a.box(0, 0, 0, 0.21, 0.006, 0.28, { texture: textures.poster(seedOf(r)), reflectivity: 0.03 }),
  },
  { width: 0.3, build: (a, r, style) => things.paperStack(a, r, style) },
  { width: 0.2, build: (a, r, style) => things.plantPot(a, r, style, r.between(0.12, 0.28)) },
  { width: 0.36, build: (a, r, style) => things.laptop(a, r, style) },
  { width: 0.25, build: photo },
  { width: 0.2, build: vase },
  { width: 0.16, build: (a, _r, style) => a.box(0, 0, 0, 0.075, 0.009, 0.15, style.blackGlass, 0.004) },
  {
    width: 0.2,
    build: (a, r, style) => a.box(0, 0, 0, 0.05, 0.02, 0.18, r.pick([style.blackPlastic, style.grayPlastic]), 0.008),
  },
  {
    width: 0.26,
    build: (a, _r, style) => {
      for (let plate = 0; plate < 4; plate++) a.cylinder(0, plate * 0.012, 0, 0.08, 0.012, style.ceramic, 0.12);
    },
  },
  { width: 0.4, build: clothes },
  { width: 0.3, build: (a, r) => things.ball(a, r, r.between(0.03, 0.12)) },
  { width: 0.3, build: (a, r) => a.cylinder(0, 0, 0, 0.1, 0.13, cloth(r), 0.14) },
  { width: 0.34, onFloor: true, build: shoes },
  { width: 0.4, onFloor: true, build: backpack },
  {
    width: 0.5,
    onFloor: true,
    build: (a, r) => things.cardboardBox(a, r, r.between(0.25, 0.45), r.between(0.15, 0.35), r.between(0.25, 0.4)),
  },
  {
    width: 0.45,
    onFloor: true,
    build: (a, r) => {
      a.cylinder(0, 0, 0, 0.17, 0.26, cloth(r), 0.21);
      a.ellipsoid(0, 0.27, 0, 0.17, 0.08, 0.17, cloth(r));
    },
  },
  { width: 0.5, onFloor: true, build: (a, r) => things.pillow(a, cloth(r), 0.45, 0.42, 0.15) },
  { width: 0.3, onFloor: true, build: blocks },
];

/** A can with a label around it. */
function can(a: SceneBuilder, random: Random, style: Style): void {
  const radius = random.between(0.028, 0.042);
  const height = random.between(0.08, 0.14);
  a.cylinder(0, 0, 0, radius, height, { texture: packaging(seedOf(random)), reflectivity: 0.03 });
  a.cylinder(0, height, 0, radius, 0.006, style.chrome, radius * 0.9);
}

function photo(a: SceneBuilder, random: Random, style: Style): void {
  a.withTransform({ pitch: -0.22 }, () => {
    a.box(0, 0, 0, 0.2, 0.16, 0.015, random.pick([style.wood, style.darkWood, style.blackPlastic]), 0.004);
    a.box(0, 0.015, 0.007, 0.17, 0.13, 0.004, { texture: textures.painting(seedOf(random)) });
  });
}

function vase(a: SceneBuilder, random: Random, style: Style): void {
  const material = random.pick([style.ceramic, style.pot, accentMaterial(random), cloth(random)]);
  const height = random.between(0.14, 0.3);
  a.cylinder(0, 0, 0, height * 0.2, height * 0.55, material, height * 0.34);
  a.cylinder(0, height * 0.55, 0, height * 0.34, height * 0.3, material, height * 0.14);
  a.cylinder(0, height * 0.85, 0, height * 0.14, height * 0.15, material, height * 0.19);
}

function clothes(a: SceneBuilder, random: Random): void {
  for (let piece = 0, y = 0; piece < random.integer(1, 5); piece++, y += 0.035) {
    a.box(random.between(-0.02, 0.02), y, 0, 0.34, 0.045, 0.26, cloth(random), 0.02);
  }
}

function shoes(a: SceneBuilder, random: Random): void {
  const upper = accentMaterial(random);
  const sole = { texture: textures.plain(random.pick([rgb(230, 228, 222), rgb(40, 36, 34), rgb(160, 120, 80)])) };
  for (const x of [-0.07, 0.07]) {
    a.withTransform({ x, z: random.between(-0.05, 0.05), yaw: random.between(-0.3, 0.3) }, () => {
      a.box(0, 0, 0, 0.09, 0.025, 0.27, sole, 0.012);
      a.ellipsoid(0, 0.035, 0.05, 0.045, 0.045, 0.09, upper);
      a.box(0, 0.02, -0.075, 0.075, 0.075, 0.11, upper, 0.03);
    });
  }
}

function backpack(a: SceneBuilder, random: Random, style: Style): void {
  const material = random.pick([cloth(random), accentMaterial(random), style.leather]);
  a.withTransform({ pitch: -0.12 }, () => {
    a.box(0, 0, 0, 0.3, 0.42, 0.16, material, 0.07);
    a.box(0, 0.05, 0.09, 0.24, 0.2, 0.08, material, 0.035);
    for (const x of [-0.08, 0.08]) a.bar([x, 0.1, -0.09], [x, 0.38, -0.09], 0.014, style.blackPlastic);
    a.bar([-0.04, 0.42, 0], [0.04, 0.44, 0], 0.01, style.blackPlastic);
  });
}

function blocks(a: SceneBuilder, random: Random): void {
  for (let index = 0; index < 7; index++) {
    const size = random.between(0.03, 0.07);
    a.withTransform(
      { x: random.between(-0.14, 0.14), z: random.between(-0.14, 0.14), yaw: random.between(0, 1.5) },
      () => a.box(0, 0, 0, size * random.between(1, 2), size, size, accentMaterial(random), 0.004),
    );
  }
}

/** Puts small things on whatever is level: tables, shelves, beds, and now and then the floor. */
export function scatter(a: SceneBuilder, plan: RoomPlan, random: Random, style: Style, tries: number): void {
  const tracer = new SceneTracer(a.primitives);
  const hit = new Hit();
  const taken: { x: number; y: number; z: number; radius: number }[] = [];
  const levelAt = (x: number, z: number, from: number): number => {
    const shape = tracer.nearest(x, from, z, 0, -1, 0, 1e-4, 9);
    if (shape < 0) return -1;
    const { distance } = tracer;
    tracer.surfaceAt(shape, x, from, z, 0, -1, 0, distance, hit);
    return hit.ny > 0.99 ? from - distance : -1;
  };
  for (let attempt = 0; attempt < tries; attempt++) {
    const area = plan.occupied.length > 0 && random.chance(0.8) ? random.pick(plan.occupied) : null;
    const thing = random.pick(THINGS);
    const x = area ? random.between(area.left, area.right) : random.between(0.2, plan.width - 0.2);
    const z = area ? random.between(area.back, area.front) : random.between(0.2, plan.depth - 0.2);
    const own = random.fork();
    const yaw = random.between(-0.6, 0.6) + 1.5707963 * random.integer(0, 3);
    const y = levelAt(x, z, plan.height - 0.05);
    const reach = thing.width * 0.36;
    if (y < -0.5 || y > 1.9 || (thing.onFloor ? y > 0.6 : y < 0.2 && own.chance(0.7))) continue;
    const isLevel = [-reach, reach].every((dx) =>
      [-reach, reach].every((dz) => Math.abs(levelAt(x + dx, z + dz, plan.height - 0.05) - y) < 0.012),
    );
    const radius = thing.width / 2;
    const isFree = taken.every(
      (other) => Math.abs(other.y - y) > 0.02 || (other.x - x) ** 2 + (other.z - z) ** 2 > (other.radius + radius) ** 2,
    );
    if (!isLevel || !isFree) continue;
    taken.push({ x, y, z, radius });
    a.withTransform({ x, y: y + 0.0005, z, yaw }, () => thing.build(a, own, style));
  }
}
