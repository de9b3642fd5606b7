import * as f from '../furniture/furniture.js';
import type { FurnitureMaker } from '../furniture/piece.js';
import type { WallDecorMaker } from '../furniture/wall-decor.js';
import type { ShellOptions } from './room-shell.js';

/** Something to put into the room, if there is space. */
export interface Item {
  make: FurnitureMaker | readonly FurnitureMaker[];
  /** @default 'wall' */
  place?: 'wall' | 'middle of wall' | 'corner' | 'free' | 'center';
  /** From how many to how many. @default 1 */
  count?: readonly [number, number];
  /** @default 1 */
  chance?: number;
}

export interface SceneTemplate {
  /** Metres: from, to. */
  size: Record<'width' | 'depth' | 'height', readonly [number, number]>;
  shell: ShellOptions;
  /** In the order in which they are placed: what matters most comes first. */
  items: readonly Item[];
  wallDecor: readonly { make: WallDecorMaker; count: readonly [number, number] }[];
}

const OFFICE = {
  floors: ['carpet', 'carpet', 'linoleum'],
  walls: ['paint'],
  ceiling: 'panels',
  light: ['panels'],
  windowStyle: 'strip',
  covering: 'blinds',
} satisfies Partial<ShellOptions>;

const HOME = { walls: ['paint', 'wallpaper'], windows: [1, 2] } satisfies Partial<ShellOptions>;
const UTILITY = {
  light: ['tube', 'dome'],
  windows: [0, 1],
  windowStyle: 'small',
  covering: 'none',
} satisfies Partial<ShellOptions>;
const SHOP = { light: ['spots', 'tube', 'panels'], windows: [0, 2], covering: 'none' } satisfies Partial<ShellOptions>;

const shelves = [f.bookshelf(0.8, 1.9), f.bookshelf(1, 2), f.bookshelf(1.2, 1.2), f.bookshelf(0.9, 2.1)];

/** By the 28 scene types of NYU Depth v2's raw data (its `nyu_office_0` and `nyu_office_1` counted as one), in alphabetical order. */
export const SCENE_TEMPLATES = templates({
  basement: {
    size: { width: [4.5, 6], depth: [4.5, 6.5], height: [2.2, 2.4] },
    shell: {
      ...UTILITY,
      floors: ['concrete', 'carpet'],
      walls: ['concrete', 'brick', 'paint'],
      ceiling: 'beams',
      windows: [0, 2],
      covering: 'curtains',
    },
    items: [
      { make: f.gameTable, place: 'center', chance: 0.45 },
      { make: f.sofa(3), chance: 0.6 },
      { make: f.storageRack, count: [1, 3] },
      { make: f.waterHeater, place: 'corner', chance: 0.8 },
      { make: f.washingMachine, count: [0, 2] },
      { make: f.televisionStand, chance: 0.5 },
      { make: f.boxPile, count: [1, 3] },
      { make: f.exerciseBike, place: 'free', chance: 0.4 },
      { make: f.armchair, place: 'free', chance: 0.4 },
      { make: f.bookshelf(1, 1.6, 0.4), chance: 0.5 },
    ],
    wallDecor: [hang(f.poster, 0, 3), hang(f.wallShelf, 0, 2)],
  },
  bathroom: {
    size: { width: [2, 2.8], depth: [2.5, 3.3], height: [2.35, 2.6] },
    shell: { ...UTILITY, floors: ['tiles', 'checks', 'tiles'], walls: ['tiled'], light: ['dome', 'spots'] },
    items: [
      { make: [f.bathtub, f.bathtub, f.shower], place: 'corner' },
      { make: f.vanity, place: 'middle of wall' },
      { make: f.toilet },
      { make: f.towelRail, chance: 0.8 },
      { make: f.laundryBasket, place: 'corner', chance: 0.5 },
      { make: f.rug(0.85, 0.55), place: 'center', chance: 0.8 },
      { make: f.wastebasket, chance: 0.5 },
    ],
    wallDecor: [hang(f.picture, 0, 1), hang(f.wallShelf, 0, 1)],
  },
  bedroom: {
    size: { width: [3.2, 4.4], depth: [3.4, 4.8], height: [2.4, 2.7] },
    shell: { floors: ['boards', 'carpet', 'carpet'], walls: ['paint', 'paint', 'wallpaper'], windows: [1, 2] },
    items: [
      { make: [f.bedGroup(1.6), f.bedGroup(1.6), f.bedGroup(0.95, 1)], place: 'middle of wall' },
      { make: [f.wardrobe, f.dresser] },
      { make: [f.dresser, f.desk('laptop', 1.1), f.wardrobe], chance: 0.8 },
      { make: [f.armchair, f.chair, f.beanBag], place: 'corner', chance: 0.5 },
      { make: shelves, chance: 0.4 },
      { make: f.floorLamp, place: 'corner', chance: 0.3 },
      { make: f.floorPlant, place: 'corner', chance: 0.3 },
      { make: f.laundryBasket, chance: 0.25 },
    ],
    wallDecor: [hang(f.picture, 1, 4), hang(f.wallMirror, 0, 1), hang(f.radiator, 0, 1)],
  },
  bookstore: {
    size: { width: [5.5, 7], depth: [6, 7.5], height: [2.8, 3.3] },
    shell: { ...SHOP, floors: ['boards', 'carpet'], walls: ['paint'] },
    items: [
      { make: f.displayCounter, chance: 0.5 },
      { make: [f.bookshelf(1.2, 2.2, 0.97), f.bookshelf(1, 2.2, 0.97)], count: [10, 14] },
      { make: f.bookTable, place: 'free', count: [2, 3] },
      { make: f.bookshelf(1.2, 1.3, 0.95), place: 'free', count: [1, 3] },
      { make: [f.armchair, f.stool], place: 'free', chance: 0.5 },
    ],
    wallDecor: [hang(f.poster, 1, 3), hang(f.clock, 0, 1)],
  },
  cafe: {
    size: { width: [5, 6.5], depth: [5.5, 7.5], height: [2.8, 3.3] },
    shell: {
      ...SHOP,
      floors: ['boards', 'tiles', 'checks', 'concrete'],
      walls: ['brick', 'paint', 'paint'],
      light: ['pendant', 'spots', 'pendant'],
      windows: [1, 3],
    },
    items: [
      { make: f.displayCounter, place: 'middle of wall' },
      { make: [f.bistroSet(2), f.bistroSet(4), f.bistroSet(3)], place: 'free', count: [4, 7] },
      { make: f.refrigerator, place: 'corner', chance: 0.5 },
      { make: f.bench, chance: 0.6 },
      { make: [f.sofa(2), f.armchair], chance: 0.5 },
      { make: f.stool, place: 'free', count: [0, 3] },
      { make: f.floorPlant, place: 'corner', chance: 0.7 },
    ],
    wallDecor: [hang(f.menuBoard, 1, 2), hang(f.picture, 1, 4), hang(f.clock, 0, 1)],
  },
  classroom: {
    size: { width: [6, 7], depth: [6.5, 7.5], height: [2.8, 3.2] },
    shell: { ...OFFICE, floors: ['linoleum', 'carpet', 'checks'], light: ['panels', 'tube'], windows: [2, 3] },
    items: [
      { make: [f.deskRows(3, 3, 'none'), f.deskRows(2, 3, 'none')], place: 'center' },
      { make: f.lectern, chance: 0.7 },
      { make: f.desk('computer'), chance: 0.5 },
      { make: [f.bookshelf(1.2, 1.1, 0.9), f.filingCabinet], count: [1, 2] },
      { make: f.wastebasket, place: 'corner' },
    ],
    wallDecor: [
      hang(f.whiteboard(2.8), 1, 1),
      hang(f.projectionScreen, 0, 1),
      hang(f.whiteboard(1.8), 0, 1),
      hang(f.poster, 2, 5),
      hang(f.noticeBoard, 0, 2),
      hang(f.clock, 1, 1),
    ],
  },
  computer_lab: {
    size: { width: [5.5, 7], depth: [6, 7.5], height: [2.6, 3] },
    shell: { ...OFFICE, windows: [0, 2] },
    items: [
      {
        make: [f.deskRows(2, 3, 'computer'), f.deskRows(3, 3, 'computer'), f.deskRows(2, 2, 'computer')],
        place: 'center',
      },
      { make: f.workplace('computer', 1.5), count: [1, 4] },
      { make: f.printerStand },
      { make: f.filingCabinet, count: [0, 2] },
      { make: f.wastebasket, place: 'corner' },
    ],
    wallDecor: [hang(f.whiteboard(2), 1, 1), hang(f.noticeBoard, 0, 2), hang(f.poster, 0, 3), hang(f.clock, 0, 1)],
  },
  conference_room: {
    size: { width: [4.2, 5.2], depth: [5.2, 6.6], height: [2.6, 2.9] },
    shell: { ...OFFICE, windows: [0, 2] },
    items: [
      { make: [f.conferenceSet(3.2), f.conferenceSet(2.6), f.conferenceSet(2)], place: 'center' },
      { make: [f.filingCabinet, f.bookshelf(1.2, 1.1, 0.5), f.shoeCabinet], chance: 0.7 },
      { make: f.floorPlant, place: 'corner', chance: 0.6 },
      { make: f.lectern, chance: 0.2 },
      { make: f.televisionStand, chance: 0.3 },
    ],
    wallDecor: [
      hang(f.whiteboard(2.2), 0, 1),
      hang(f.projectionScreen, 0, 1),
      hang(f.picture, 1, 3),
      hang(f.clock, 0, 1),
    ],
  },
  dinette: {
    size: { width: [3, 3.8], depth: [3.2, 4.2], height: [2.4, 2.7] },
    shell: { ...HOME, floors: ['boards', 'tiles', 'checks'], light: ['pendant', 'dome'] },
    items: [
      { make: [f.bistroSet(4), f.bistroSet(3), f.diningSet(4)], place: 'center' },
      {
        make: [
          f.kitchenRun(['cabinet', 'drawers', 'cabinet'], true),
          f.kitchenRun(['cabinet', 'sink', 'drawers'], true),
        ],
        chance: 0.8,
      },
      { make: f.refrigerator, place: 'corner', chance: 0.6 },
      { make: [f.shoeCabinet, f.bookshelf(0.8, 1.8, 0.4)], chance: 0.6 },
      { make: f.floorPlant, place: 'corner', chance: 0.5 },
    ],
    wallDecor: [hang(f.picture, 1, 3), hang(f.clock, 0, 1)],
  },
  dining_room: {
    size: { width: [3.6, 4.6], depth: [4.2, 5.4], height: [2.5, 2.9] },
    shell: {
      floors: ['boards', 'boards', 'carpet'],
      walls: ['paint', 'wallpaper', 'paint'],
      light: ['pendant', 'dome', 'spots'],
      windows: [1, 3],
    },
    items: [
      { make: [f.diningSet(6), f.diningSet(8), f.diningSet(6)], place: 'center' },
      { make: f.rug(2.6, 2), place: 'center', chance: 0.5 },
      { make: [f.dresser, f.shoeCabinet] },
      { make: [f.bookshelf(1, 2, 0.3), f.piano, f.dresser], chance: 0.7 },
      { make: f.floorPlant, place: 'corner', count: [0, 2] },
      { make: f.floorLamp, place: 'corner', chance: 0.4 },
      { make: f.armchair, place: 'corner', chance: 0.3 },
    ],
    wallDecor: [hang(f.picture, 2, 4), hang(f.wallMirror, 0, 1), hang(f.radiator, 0, 1)],
  },
  exercise_room: {
    size: { width: [4, 5.5], depth: [4.5, 6], height: [2.5, 2.9] },
    shell: { ...SHOP, floors: ['boards', 'linoleum', 'carpet'], walls: ['paint'], windows: [1, 2], covering: 'blinds' },
    items: [
      { make: f.treadmill, place: 'free', count: [1, 2] },
      { make: f.exerciseBike, place: 'free', count: [1, 2] },
      { make: f.weightBench, place: 'free' },
      { make: f.dumbbellRack },
      { make: f.exerciseBall, place: 'free', count: [1, 3] },
      { make: f.yogaMat, place: 'free', count: [1, 2] },
      { make: f.televisionStand, chance: 0.4 },
      { make: f.bench, chance: 0.5 },
      { make: f.waterCooler, place: 'corner', chance: 0.4 },
    ],
    wallDecor: [hang(f.wallMirror, 1, 3), hang(f.poster, 1, 3), hang(f.clock, 0, 1)],
  },
  foyer: {
    size: { width: [2.8, 4], depth: [3.8, 5.5], height: [2.6, 3.1] },
    shell: { ...HOME, floors: ['tiles', 'boards', 'checks'], light: ['pendant', 'dome', 'spots'], windows: [0, 2] },
    items: [
      { make: f.shoeCabinet, place: 'middle of wall' },
      { make: f.bench, chance: 0.8 },
      { make: f.coatRack, place: 'corner', chance: 0.6 },
      { make: f.rug(1.5, 0.9), place: 'center', chance: 0.8 },
      { make: f.floorPlant, place: 'corner', count: [1, 2] },
      { make: [f.armchair, f.dresser], chance: 0.6 },
      { make: f.chair, chance: 0.4 },
    ],
    wallDecor: [hang(f.wallMirror, 1, 1), hang(f.coatHooks, 0, 1), hang(f.picture, 1, 4)],
  },
  furniture_store: {
    size: { width: [6, 7], depth: [6.5, 7.5], height: [3, 3.4] },
    shell: {
      ...SHOP,
      floors: ['boards', 'carpet', 'concrete'],
      walls: ['paint', 'brick'],
      light: ['spots', 'panels', 'tube'],
    },
    items: [
      { make: [f.sofaGroup(3), f.sofaGroup(2)], place: 'free', count: [2, 2] },
      { make: [f.bedGroup(1.6), f.bed(1.6)], count: [1, 1] },
      { make: [f.diningSet(4), f.bistroSet(4)], place: 'free' },
      { make: [f.dresser, f.wardrobe, f.televisionStand, f.sideTable, ...shelves], count: [3, 5] },
      { make: f.armchair, place: 'free', count: [1, 3] },
      { make: f.floorLamp, place: 'free', count: [2, 4] },
      { make: f.footstool, place: 'free', count: [1, 2] },
      { make: f.floorPlant, place: 'free', count: [1, 2] },
    ],
    wallDecor: [hang(f.picture, 3, 6), hang(f.wallMirror, 1, 3)],
  },
  home_office: {
    size: { width: [2.8, 3.8], depth: [3, 4], height: [2.4, 2.7] },
    shell: { floors: ['boards', 'carpet'], walls: ['paint', 'wallpaper', 'paint'], windows: [1, 2] },
    items: [
      { make: f.workplace('computer', 1.5), place: 'middle of wall' },
      { make: shelves, count: [1, 3] },
      { make: [f.filingCabinet, f.printerStand], count: [1, 2] },
      { make: [f.armchair, f.sofa(2), f.beanBag], chance: 0.5 },
      { make: f.rug(1.7, 1.2), place: 'center', chance: 0.5 },
      { make: f.floorLamp, place: 'corner', chance: 0.4 },
      { make: f.floorPlant, place: 'corner', chance: 0.5 },
      { make: f.wastebasket, chance: 0.6 },
      { make: f.boxPile, place: 'corner', chance: 0.3 },
    ],
    wallDecor: [hang(f.picture, 1, 3), hang(f.noticeBoard, 0, 1), hang(f.wallShelf, 0, 2), hang(f.clock, 0, 1)],
  },
  home_storage: {
    size: { width: [2.6, 3.6], depth: [3, 4.2], height: [2.3, 2.6] },
    shell: { ...UTILITY, floors: ['concrete', 'linoleum'], walls: ['paint', 'concrete', 'brick'] },
    items: [
      { make: f.storageRack, count: [3, 4] },
      { make: f.boxPile, count: [3, 5] },
      { make: [f.wardrobe, f.dresser], chance: 0.5 },
      { make: f.exerciseBike, place: 'free', chance: 0.25 },
      { make: f.ironingBoard, chance: 0.4 },
      { make: f.waterHeater, place: 'corner', chance: 0.3 },
      { make: f.chair, chance: 0.5 },
      { make: f.boxPile, place: 'free', count: [0, 2] },
    ],
    wallDecor: [hang(f.wallShelf, 1, 2), hang(f.coatHooks, 0, 1)],
  },
  indoor_balcony: {
    size: { width: [2.2, 3], depth: [4.5, 6], height: [2.5, 2.8] },
    shell: {
      floors: ['tiles', 'boards'],
      walls: ['paint', 'brick'],
      windows: [3, 4],
      windowStyle: 'balcony',
      light: ['dome', 'spots'],
    },
    items: [
      { make: f.railing(1.9) },
      { make: f.bistroSet(2), place: 'free' },
      { make: f.floorPlant, place: 'corner', count: [2, 3] },
      { make: f.floorPlant, count: [2, 3] },
      { make: [f.bench, f.armchair], chance: 0.8 },
      { make: f.beanBag, place: 'free', chance: 0.3 },
      { make: f.rug(1.6, 1), place: 'center', chance: 0.5 },
    ],
    wallDecor: [hang(f.picture, 0, 2), hang(f.wallShelf, 0, 1)],
  },
  kitchen: {
    size: { width: [2.8, 3.8], depth: [3.2, 4.4], height: [2.4, 2.7] },
    shell: {
      ...SHOP,
      floors: ['tiles', 'tiles', 'boards', 'checks'],
      walls: ['paint'],
      light: ['spots', 'dome', 'tube'],
      windows: [1, 2],
    },
    items: [
      {
        make: [
          f.kitchenRun(['cabinet', 'cooker', 'drawers', 'sink'], true),
          f.kitchenRun(['drawers', 'cooker', 'cabinet'], true),
          f.kitchenRun(['cabinet', 'drawers', 'cooker', 'drawers'], true),
        ],
        place: 'middle of wall',
      },
      { make: f.refrigerator, place: 'corner' },
      {
        make: [f.kitchenRun(['cabinet', 'sink', 'drawers'], false), f.kitchenRun(['cabinet', 'sink'], true)],
        chance: 0.9,
      },
      { make: [f.kitchenIsland, f.bistroSet(2), f.kitchenIsland], place: 'center', chance: 0.6 },
      { make: f.kitchenRun(['cabinet', 'drawers'], true), chance: 0.5 },
      { make: f.stool, place: 'free', count: [0, 2] },
      { make: f.wastebasket, place: 'corner', chance: 0.6 },
      { make: f.rug(1.1, 0.6), place: 'center', chance: 0.3 },
    ],
    wallDecor: [hang(f.clock, 0, 1), hang(f.picture, 0, 2)],
  },
  laundry_room: {
    size: { width: [2.2, 3], depth: [2.6, 3.4], height: [2.4, 2.6] },
    shell: { ...UTILITY, floors: ['tiles', 'linoleum', 'checks', 'concrete'], walls: ['paint', 'paint', 'tiled'] },
    items: [
      { make: f.washingMachine, count: [2, 3] },
      { make: [f.kitchenRun(['sink', 'cabinet'], true), f.kitchenRun(['cabinet', 'sink'], false)], chance: 0.8 },
      { make: f.ironingBoard, chance: 0.8 },
      { make: f.laundryBasket, count: [1, 2] },
      { make: [f.waterHeater, f.storageRack], place: 'corner', chance: 0.7 },
      { make: f.wastebasket, chance: 0.4 },
    ],
    wallDecor: [hang(f.wallShelf, 1, 2), hang(f.coatHooks, 0, 1)],
  },
  living_room: {
    size: { width: [4, 5.2], depth: [4.4, 6], height: [2.5, 2.9] },
    shell: { floors: ['boards', 'boards', 'carpet'], walls: ['paint', 'paint', 'wallpaper', 'brick'], windows: [1, 3] },
    items: [
      { make: [f.sofaGroup(3), f.sofaGroup(2)], place: 'middle of wall' },
      { make: f.televisionStand, place: 'middle of wall' },
      { make: f.armchair, place: 'free', count: [0, 2] },
      { make: shelves, count: [1, 2] },
      { make: f.sideTable, count: [0, 2] },
      { make: f.floorLamp, place: 'corner', chance: 0.7 },
      { make: f.floorPlant, place: 'corner', count: [1, 2] },
      { make: [f.piano, f.dresser, f.bistroSet(2)], chance: 0.5 },
      { make: f.footstool, place: 'free', chance: 0.4 },
    ],
    wallDecor: [hang(f.picture, 2, 5), hang(f.wallShelf, 0, 1), hang(f.radiator, 0, 1), hang(f.clock, 0, 1)],
  },
  nyu_office: {
    size: { width: [3.4, 4.6], depth: [3.8, 5.2], height: [2.6, 3] },
    shell: { ...OFFICE, windows: [1, 2] },
    items: [
      { make: f.workplace('computer', 1.6), count: [2, 3] },
      { make: shelves, count: [1, 3] },
      { make: f.filingCabinet, count: [1, 2] },
      { make: f.plainDesk('none', 1.2), chance: 0.4 },
      { make: f.shellChair, place: 'free', count: [0, 2] },
      { make: f.wastebasket, count: [1, 1] },
      { make: f.boxPile, place: 'corner', chance: 0.4 },
    ],
    wallDecor: [hang(f.whiteboard(1.8), 1, 1), hang(f.noticeBoard, 0, 1), hang(f.poster, 0, 3)],
  },
  office: {
    size: { width: [3, 4.4], depth: [3.4, 5], height: [2.5, 2.9] },
    shell: { ...OFFICE, floors: ['carpet', 'boards', 'carpet'], windows: [1, 2] },
    items: [
      { make: [f.workplace('computer', 1.6), f.workplace('papers', 1.6)], place: 'middle of wall' },
      { make: f.workplace('computer'), chance: 0.6 },
      { make: shelves, count: [1, 2] },
      { make: f.filingCabinet, count: [1, 3] },
      { make: [f.armchair, f.sofa(2), f.chair], chance: 0.6 },
      { make: f.floorPlant, place: 'corner', chance: 0.7 },
      { make: [f.bistroSet(3, f.shellChair), f.printerStand], place: 'free', chance: 0.4 },
      { make: f.wastebasket, chance: 0.8 },
      { make: f.coatRack, place: 'corner', chance: 0.3 },
    ],
    wallDecor: [hang(f.picture, 1, 3), hang(f.whiteboard(1.5), 0, 1), hang(f.noticeBoard, 0, 1), hang(f.clock, 0, 1)],
  },
  office_kitchen: {
    size: { width: [3, 4.2], depth: [3.6, 4.8], height: [2.5, 2.8] },
    shell: { ...OFFICE, floors: ['linoleum', 'tiles', 'checks'], windows: [0, 1] },
    items: [
      {
        make: [
          f.kitchenRun(['cabinet', 'sink', 'drawers', 'cabinet'], true),
          f.kitchenRun(['drawers', 'sink', 'cabinet'], true),
        ],
        place: 'middle of wall',
      },
      { make: f.refrigerator, place: 'corner' },
      {
        make: [f.bistroSet(4, f.shellChair), f.bistroSet(3, f.shellChair), f.diningSet(4, f.shellChair)],
        place: 'center',
      },
      { make: f.waterCooler },
      { make: [f.vendingMachine, f.filingCabinet], chance: 0.6 },
      { make: f.wastebasket, count: [1, 2] },
      { make: f.kitchenRun(['cabinet', 'drawers'], true), chance: 0.4 },
    ],
    wallDecor: [hang(f.noticeBoard, 1, 1), hang(f.clock, 1, 1), hang(f.poster, 0, 2)],
  },
  playroom: {
    size: { width: [3.6, 4.8], depth: [4, 5.2], height: [2.4, 2.7] },
    shell: { ...HOME, floors: ['carpet', 'boards', 'carpet'] },
    items: [
      { make: f.rug(2, 1.6), place: 'center' },
      { make: [f.slide, f.playTent], place: 'free' },
      { make: f.toys, place: 'free', count: [2, 3] },
      { make: [f.bookshelf(1.2, 1.1, 0.5), f.bookshelf(0.9, 1.2, 0.6)], count: [1, 2] },
      { make: [f.crib, f.sofa(2)], chance: 0.5 },
      { make: f.bistroSet(2, f.stool), place: 'free', chance: 0.6 },
      { make: f.beanBag, place: 'free', count: [1, 2] },
      { make: f.exerciseBall, place: 'free', count: [0, 2] },
      { make: [f.dresser, f.televisionStand], chance: 0.5 },
    ],
    wallDecor: [hang(f.poster, 2, 4), hang(f.picture, 1, 2), hang(f.wallShelf, 0, 1)],
  },
  printer_room: {
    size: { width: [2.6, 3.4], depth: [3, 4], height: [2.5, 2.8] },
    shell: { ...OFFICE, windows: [0, 1] },
    items: [
      { make: f.copier, count: [1, 2] },
      { make: f.printerStand, count: [1, 2] },
      { make: [f.storageRack, f.bookshelf(1, 2, 0.5)], count: [1, 2] },
      { make: f.filingCabinet, count: [1, 2] },
      { make: f.plainDesk('none', 1.4), chance: 0.6 },
      { make: f.boxPile, count: [1, 2] },
      { make: f.wastebasket, count: [1, 2] },
    ],
    wallDecor: [hang(f.noticeBoard, 1, 2), hang(f.clock, 0, 1), hang(f.wallShelf, 0, 1)],
  },
  reception_room: {
    size: { width: [4.2, 5.6], depth: [4.8, 6.4], height: [2.6, 3] },
    shell: {
      ...OFFICE,
      floors: ['carpet', 'boards', 'tiles'],
      walls: ['paint', 'paint', 'wallpaper'],
      light: ['panels', 'spots'],
      windows: [0, 2],
    },
    items: [
      { make: f.receptionCounter, place: 'free' },
      { make: [f.sofaGroup(2), f.sofaGroup(3)], place: 'middle of wall' },
      { make: f.armchair, count: [1, 3] },
      { make: f.sideTable, count: [0, 2] },
      { make: f.floorPlant, place: 'corner', count: [1, 3] },
      { make: f.waterCooler, chance: 0.5 },
      { make: [f.bookshelf(1, 1.2, 0.6), f.filingCabinet], chance: 0.6 },
      { make: f.coatRack, place: 'corner', chance: 0.4 },
    ],
    wallDecor: [hang(f.picture, 2, 4), hang(f.clock, 0, 1)],
  },
  student_lounge: {
    size: { width: [5, 6.5], depth: [5.5, 7], height: [2.7, 3.1] },
    shell: {
      ...OFFICE,
      floors: ['carpet', 'linoleum', 'boards'],
      walls: ['paint', 'brick'],
      light: ['panels', 'tube', 'spots'],
      windows: [1, 3],
    },
    items: [
      { make: f.sofaGroup(3), place: 'middle of wall' },
      { make: f.gameTable, place: 'free', chance: 0.6 },
      { make: f.vendingMachine, count: [1, 2] },
      { make: [f.bistroSet(4, f.shellChair), f.bistroSet(3, f.shellChair)], place: 'free', count: [1, 3] },
      { make: f.sofa(2), chance: 0.6 },
      { make: f.beanBag, place: 'free', count: [0, 2] },
      { make: [f.televisionStand, f.bookshelf(1.2, 1.2)], chance: 0.6 },
      { make: f.floorPlant, place: 'corner', chance: 0.5 },
      { make: f.wastebasket, place: 'corner' },
    ],
    wallDecor: [hang(f.noticeBoard, 1, 2), hang(f.poster, 2, 4), hang(f.clock, 1, 1)],
  },
  study: {
    size: { width: [2.8, 3.8], depth: [3.2, 4.4], height: [2.4, 2.8] },
    shell: { ...HOME, floors: ['boards', 'carpet'] },
    items: [
      { make: f.workplace('laptop', 1.5, f.chair), place: 'middle of wall' },
      { make: [f.bookshelf(1, 2.1, 0.9), f.bookshelf(1.2, 2.1, 0.95)], count: [3, 4] },
      { make: f.armchair, place: 'corner' },
      { make: [f.rug(1.7, 1.2), f.rug(1.5, 1.5, true)], place: 'center', chance: 0.8 },
      { make: f.floorLamp, place: 'corner', chance: 0.8 },
      { make: f.sideTable, chance: 0.5 },
      { make: f.floorPlant, place: 'corner', chance: 0.5 },
      { make: f.footstool, place: 'free', chance: 0.3 },
    ],
    wallDecor: [hang(f.picture, 1, 3), hang(f.clock, 0, 1)],
  },
  study_room: {
    size: { width: [4, 5.5], depth: [4.5, 6], height: [2.6, 3] },
    shell: { ...OFFICE, floors: ['carpet', 'linoleum'], windows: [1, 2] },
    items: [
      { make: [f.diningSet(6, f.shellChair), f.diningSet(6, f.chair)], place: 'free', count: [1, 2] },
      { make: f.bookshelf(1.2, 2, 0.92), count: [2, 4] },
      { make: f.plainDesk('computer', 1.5), count: [1, 2] },
      { make: f.workplace('papers', 1.2, f.shellChair), count: [1, 2] },
      { make: f.officeChair, place: 'free', count: [0, 1] },
      { make: f.armchair, place: 'corner', chance: 0.5 },
      { make: f.wastebasket, place: 'corner' },
    ],
    wallDecor: [hang(f.whiteboard(1.8), 1, 1), hang(f.poster, 0, 3), hang(f.clock, 1, 1)],
  },
});

export type SceneType = keyof typeof SCENE_TEMPLATES;

/** The names of the 28 scene types. */
export const SCENE_TYPES = Object.keys(SCENE_TEMPLATES) as readonly SceneType[];

/** Keeps the names of the templates, and nothing else, in their type. */
function templates<Name extends string>(all: Record<Name, SceneTemplate>): Record<Name, SceneTemplate> {
  return all;
}

/** From `least` to `most` of these hang on the walls. */
function hang(make: WallDecorMaker, least: number, most: number) {
  return { make, count: [least, most] } as const;
}
