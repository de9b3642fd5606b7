import type { Style } from '../furniture/style.js';
import type { Light } from '../geometry/scene.js';
import type { Primitive } from '../geometry/shapes.js';
import { type Color, scaled } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import { patterned, worn } from '../materials/patterns.js';
import * as textures from '../materials/textures.js';
import type { Random } from '../random.js';
import type { Item, SceneTemplate } from '../scene/scene-templates.js';

type Range = readonly [number, number];

/** The same kind of room in other proportions: now and then a corridor or a hall, with as many more things as there is more floor. */
export function widened(template: SceneTemplate, random: Random): SceneTemplate {
  const { size, shell, items, wallDecor } = template;
  const kind = random.unit();
  const isCorridor = kind < 0.16;
  const isHall = kind > 0.78;
  const factor = random.between(0.85, 1.25);
  const stretched = ([low, high]: Range): Range => [low * factor, high * factor];
  const room = {
    width: isCorridor ? ([1.7, 2.8] as const) : isHall ? ([7, 16] as const) : stretched(size.width),
    depth: isCorridor ? ([7, 30] as const) : isHall ? ([9, 26] as const) : stretched(size.depth),
    height: isHall ? ([3.2, 5.5] as const) : ([Math.max(2.25, size.height[0]), size.height[1] + 0.4] as const),
  };
  const decorated = (times: number) =>
    wallDecor.map(({ make, count: [least, most] }) => ({ make, count: [least * times, most * times + 1] as const }));
  if (!isCorridor && !isHall) return { ...template, size: room, wallDecor: decorated(1) };
  const more = isHall ? random.integer(3, 6) : 3;
  const many = ([least, most]: Range = [1, 1]): Range => [least * more, most * more];
  return {
    size: room,
    shell: { ...shell, light: ['panels', 'tube', 'spots'], windows: many(shell.windows), doors: [2, isHall ? 4 : 7] },
    items: items.map((item) => ({ ...item, count: many(item.count), place: isHall ? inHall(item.place) : item.place })),
    wallDecor: decorated(more),
  };
}

/** What stands along the walls of a room fills the middle of a hall too. */
function inHall(place: Item['place']): Item['place'] {
  return place === 'center' || place === 'middle of wall' ? 'free' : place;
}

/** A style with printed and patterned cloth of any color. */
export function wideStyle(style: Style, random: Random): Style {
  const seed = () => random.integer(0, 1e6);
  const cloth = (material: Material): Material =>
    random.chance(0.45)
      ? { texture: patterned(textures.vivid(seed()), textures.vivid(seed()), seed()) }
      : random.chance(0.5)
        ? { texture: textures.fabric(textures.vivid(seed()), seed()) }
        : material;
  return {
    ...style,
    upholstery: cloth(style.upholstery),
    secondUpholstery: cloth(style.secondUpholstery),
    cushion: cloth(style.cushion),
    linen: cloth(style.linen),
    curtain: cloth(style.curtain),
  };
}

/** Gives surfaces traces of use, each material its own. */
export function wear(primitives: readonly Primitive[], random: Random): void {
  const made = new Map<Material, Material>();
  const amount = random.between(0.1, 0.6);
  for (const primitive of primitives) {
    const { material } = primitive;
    if (material.emission || (material.reflectivity ?? 0) > 0.4) continue;
    let used = made.get(material);
    if (!used) {
      used = {
        ...material,
        texture: worn(material.texture, random.integer(0, 1e6), amount * random.between(0.5, 1.2)),
      };
      made.set(material, used);
    }
    primitive.material = used;
  }
}

/** Lamps and windows brighter or darker than each other, now and then of a color. */
export function relight(lights: readonly Light[], random: Random): Light[] {
  const lamps = lightColor(random);
  const windows = lightColor(random);
  return lights.map((light) => {
    const color = light.kind === 'rectangle' && Math.abs(light.normal[1]) < 0.5 ? windows : lamps;
    return { ...light, radiance: light.radiance.map((value, channel) => value * color[channel]!) as unknown as Color };
  });
}

function lightColor(random: Random): Color {
  const strength = random.pick([0.25, 0.5, 1, 1, 1.6, 2.5]);
  if (!random.chance(0.3)) return scaled([1, 1, 1], strength);
  return scaled([random.between(0.55, 1.3), random.between(0.7, 1.15), random.between(0.45, 1.4)], strength);
}
