import { type Color, palette, rgb, scaled } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import type { Random } from '../random.js';

/** The materials of one scene, so that its furniture matches. */
export interface Style {
  wood: Material;
  darkWood: Material;
  whiteWood: Material;
  cabinet: Material;
  cabinetFronts(columns: number, rows: number): Material;
  woodFronts(columns: number, rows: number): Material;
  worktop: Material;
  metal: Material;
  chrome: Material;
  blackPlastic: Material;
  grayPlastic: Material;
  whitePlastic: Material;
  ceramic: Material;
  upholstery: Material;
  secondUpholstery: Material;
  cushion: Material;
  linen: Material;
  leather: Material;
  mirror: Material;
  blackGlass: Material;
  curtain: Material;
  paper: Material;
  leaf: Material;
  pot: Material;
}

const WOODS: [Color, Color][] = [
  [rgb(196, 150, 98), rgb(140, 92, 52)],
  [rgb(222, 188, 140), rgb(188, 142, 92)],
  [rgb(150, 96, 58), rgb(96, 54, 30)],
  [rgb(172, 118, 74), rgb(110, 66, 36)],
  [rgb(205, 170, 125), rgb(160, 120, 78)],
];

const FABRICS = palette('#78746c', '#465468', '#a59176', '#6e3e34', '#5c6854', '#c4baa8', '#3a3a40', '#8c6e54');

const ACCENTS = palette('#b04632', '#3a6884', '#c49e42', '#608054', '#8c506e', '#d6cebe', '#2c3c58');

export function makeStyle(random: Random): Style {
  const seed = random.integer(1, 1e9);
  const [light, dark] = random.pick(WOODS);
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
  const plain = (color: Color, reflectivity = 0): Material => ({ texture: textures.plain(color, seed), reflectivity });
  return {
    wood: { texture: woodTexture, reflectivity: 0.02 },
    darkWood: { texture: darkTexture, reflectivity: 0.03 },
    whiteWood: { texture: whiteTexture, reflectivity: 0.02 },
    cabinet: { texture: cabinetTexture, reflectivity: 0.02 },
    cabinetFronts: (columns, rows) => ({ texture: textures.fronts(cabinetTexture, columns, rows), reflectivity: 0.02 }),
    woodFronts: (columns, rows) => ({
      texture: textures.fronts(woodTexture, columns, rows, 'flat'),
      reflectivity: 0.02,
    }),
    worktop: {
      texture: random.pick([
        textures.granite(rgb(70, 68, 66), rgb(150, 140, 128), seed),
        textures.granite(rgb(186, 176, 160), rgb(110, 96, 84), seed),
        textures.marble(rgb(228, 224, 216), rgb(150, 146, 144), seed),
        textures.plain(rgb(214, 206, 190), seed),
      ]),
      reflectivity: 0.04,
    },
    metal: { texture: textures.plain(rgb(150, 152, 155), seed, 0.06), reflectivity: 0.12 },
    chrome: { texture: textures.plain(rgb(200, 200, 205), seed, 0.03), reflectivity: 0.45, infrared: 'weak' },
    blackPlastic: { ...plain(rgb(34, 34, 37), 0.03), infrared: 'weak' },
    grayPlastic: plain(rgb(120, 122, 124), 0.02),
    whitePlastic: plain(rgb(226, 226, 222), 0.03),
    ceramic: plain(rgb(238, 238, 234), 0.06),
    upholstery: {
      texture: striped ? textures.fabric(cloth, seed, scaled(cloth, 0.6), 0.05) : textures.fabric(cloth, seed),
    },
    secondUpholstery: { texture: textures.fabric(secondCloth, seed + 2) },
    cushion: { texture: textures.fabric(accent, seed + 3, striped ? undefined : rgb(230, 222, 205), 0.09) },
    linen: {
      texture: textures.fabric(random.pick([rgb(232, 228, 218), rgb(206, 214, 222), rgb(226, 212, 196)]), seed + 4),
    },
    leather: {
      texture: textures.plain(random.pick([rgb(52, 40, 34), rgb(96, 60, 40), rgb(38, 38, 40)]), seed, 0.1),
      reflectivity: 0.03,
    },
    mirror: { texture: textures.plain(rgb(20, 22, 24), seed, 0), reflectivity: 0.86, infrared: 'lost' },
    blackGlass: { texture: textures.plain(rgb(16, 17, 19), seed, 0), reflectivity: 0.06, infrared: 'lost' },
    curtain: {
      texture: textures.fabric(
        random.pick([...FABRICS.slice(2), ...ACCENTS]),
        seed + 5,
        striped ? accent : undefined,
        0.12,
      ),
    },
    paper: plain(rgb(238, 236, 228)),
    leaf: { texture: textures.foliage(rgb(62, 104, 48), seed) },
    pot: plain(random.pick([rgb(170, 96, 64), rgb(225, 222, 214), rgb(80, 84, 90)]), 0.02),
  };
}

/** A color from the accents, for small things. */
export function accentMaterial(random: Random): Material {
  return { texture: textures.plain(random.pick(ACCENTS), random.integer(1, 1e6)), reflectivity: 0.02 };
}
