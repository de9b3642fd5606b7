import { type Color, palette, rgb, scaled } from '../materials/color.js';
import type { Material, Texture } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import type { Random } from '../random.js';

/** The materials of one scene, so that its furniture matches. */
export type Style = ReturnType<typeof makeStyle>;

/** Light and dark grain. */
const WOODS = [
  palette('#c49662', '#8c5c34'),
  palette('#debc8c', '#bc8e5c'),
  palette('#96603a', '#60361e'),
  palette('#ac764a', '#6e4224'),
  palette('#cdaa7d', '#a0784e'),
] as const;

const FABRICS = palette('#78746c', '#465468', '#a59176', '#6e3e34', '#5c6854', '#c4baa8', '#3a3a40', '#8c6e54');

const ACCENTS = palette('#b04632', '#3a6884', '#c49e42', '#608054', '#8c506e', '#d6cebe', '#2c3c58');

export function makeStyle(random: Random) {
  const seed = random.integer(1, 1e9);
  const [light, dark] = random.pick(WOODS) as [Color, Color];
  const woodTexture = textures.wood(light, dark, seed);
  const darkTexture = textures.wood(rgb(104, 66, 42), rgb(60, 36, 24), seed + 1);
  const whiteTexture = textures.plain(rgb(232, 229, 220), seed, 0.02);
  const cabinetTexture = random.pick([
    woodTexture,
    whiteTexture,
    whiteTexture,
    textures.wood(rgb(170, 112, 66), rgb(116, 70, 38), seed + 4),
    textures.plain(random.pick([rgb(150, 160, 158), rgb(205, 198, 180), rgb(96, 108, 112)]), seed),
  ]);
  const cloth = random.pick(FABRICS);
  const secondCloth = random.pick(FABRICS);
  const accent = random.pick(ACCENTS);
  const striped = random.chance(0.4);
  const plain = (color: Color, ...rest: [number?, Infrared?]) => material(textures.plain(color, seed), ...rest);
  const pick = (...colors: string[]) => random.pick(palette(...colors));
  return {
    wood: material(woodTexture, 0.02),
    darkWood: material(darkTexture, 0.03),
    whiteWood: material(whiteTexture, 0.02),
    cabinet: material(cabinetTexture, 0.02),
    cabinetFronts: (columns: number, rows: number) => material(textures.fronts(cabinetTexture, columns, rows), 0.02),
    woodFronts: (columns: number, rows: number) => material(textures.fronts(woodTexture, columns, rows, 'flat'), 0.02),
    worktop: material(
      random.pick([
        textures.granite(rgb(70, 68, 66), rgb(150, 140, 128), seed),
        textures.granite(rgb(186, 176, 160), rgb(110, 96, 84), seed),
        textures.marble(rgb(228, 224, 216), rgb(150, 146, 144), seed),
        textures.plain(rgb(214, 206, 190), seed),
      ]),
      0.04,
    ),
    metal: material(textures.plain(rgb(150, 152, 155), seed, 0.06), 0.12),
    chrome: material(textures.plain(rgb(200, 200, 205), seed, 0.03), 0.45, 'weak'),
    blackPlastic: plain(rgb(34, 34, 37), 0.03, 'weak'),
    grayPlastic: plain(rgb(120, 122, 124), 0.02),
    whitePlastic: plain(rgb(226, 226, 222), 0.03),
    ceramic: plain(rgb(238, 238, 234), 0.06),
    upholstery: material(textures.fabric(cloth, seed, striped ? scaled(cloth, 0.6) : undefined, 0.05)),
    secondUpholstery: material(textures.fabric(secondCloth, seed + 2)),
    cushion: material(textures.fabric(accent, seed + 3, striped ? undefined : rgb(230, 222, 205), 0.09)),
    linen: material(textures.fabric(pick('#e8e4da', '#ced6de', '#e2d4c4'), seed + 4)),
    leather: material(textures.plain(pick('#342822', '#603c28', '#262628'), seed, 0.1), 0.03),
    mirror: material(textures.plain(rgb(20, 22, 24), seed, 0), 0.86, 'lost'),
    blackGlass: material(textures.plain(rgb(16, 17, 19), seed, 0), 0.06, 'lost'),
    curtain: material(
      textures.fabric(random.pick([...FABRICS.slice(2), ...ACCENTS]), seed + 5, striped ? accent : undefined, 0.12),
    ),
    paper: plain(rgb(238, 236, 228)),
    leaf: material(textures.foliage(rgb(62, 104, 48), seed)),
    pot: plain(pick('#aa6040', '#e1ded6', '#50545a'), 0.02),
  };
}

/** A color from the accents, for small things. */
export function accentMaterial(random: Random): Material {
  return material(textures.plain(random.pick(ACCENTS), random.integer(1, 1e6)), 0.02);
}

type Infrared = Material['infrared'];

function material(texture: Texture, reflectivity?: number, infrared?: Infrared): Material {
  return { texture, reflectivity, infrared };
}
