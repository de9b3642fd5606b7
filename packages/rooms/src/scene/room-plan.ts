import type { Furniture } from '../furniture/piece.js';
import type { WallDecor } from '../furniture/wall-decor.js';
import type { Random } from '../random.js';

/** A rectangle of floor, metres. */
export interface FloorArea {
  left: number;
  right: number;
  back: number;
  front: number;
  /** How high what stands there is. */
  height: number;
}

/** A piece of wall that is in use: along the wall from its middle, and up from the floor. */
interface WallArea {
  from: number;
  to: number;
  bottom: number;
  top: number;
}

/** The four walls by the way they face: 0 faces +z and stands at z = 0, 1 faces +x at x = 0, 2 faces −z, 3 faces −x. */
export type Wall = 0 | 1 | 2 | 3;
export const WALLS: readonly Wall[] = [0, 1, 2, 3];

/** Where a thing came to stand: the middle of its footprint and the way it faces. */
export interface Spot {
  x: number;
  z: number;
  quarterTurns: number;
}

const ATTEMPTS = 150;
const GAP = 0.04;

/** Keeps account of what stands where, so that nothing stands in anything else, before a door or over a window. */
export class RoomPlan {
  readonly occupied: FloorArea[] = [];
  /** Floor that must stay free to walk on. */
  private readonly reserved: FloorArea[] = [];
  private readonly walls: Record<Wall, WallArea[]> = { 0: [], 1: [], 2: [], 3: [] };

  constructor(
    readonly width: number,
    readonly depth: number,
    readonly height: number,
    private readonly random: Random,
  ) {}

  lengthOf(wall: Wall): number {
    return wall % 2 === 0 ? this.width : this.depth;
  }

  /** World position of a point given along a wall (from its middle) and into the room. */
  fromWall(wall: Wall, along: number, into: number): [number, number] {
    switch (wall) {
      case 0:
        return [this.width / 2 + along, into];
      case 1:
        return [into, this.depth / 2 - along];
      case 2:
        return [this.width / 2 - along, this.depth - into];
      case 3:
        return [this.width - into, this.depth / 2 + along];
    }
  }

  /** A free stretch of wall, or null. It is not taken yet. */
  findOnWall(
    width: number,
    bottom: number,
    top: number,
    walls: readonly Wall[] = WALLS,
    margin = 0.12,
  ): { wall: Wall; along: number } | null {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const wall = this.random.pick(walls);
      const room = this.lengthOf(wall) / 2 - width / 2 - margin;
      if (room < 0) continue;
      const along = this.random.between(-room, room);
      if (this.isWallFree(wall, { from: along - width / 2, to: along + width / 2, bottom, top }))
        return { wall, along };
    }
    return null;
  }

  takeWall(wall: Wall, along: number, width: number, bottom: number, top: number): void {
    this.walls[wall].push({ from: along - width / 2, to: along + width / 2, bottom, top });
  }

  /** Keeps the floor before a door free. */
  reserveBefore(wall: Wall, along: number, width: number, depth: number): void {
    this.reserved.push(this.area(wall, along, 0, width, depth, 0));
  }

  hang(thing: WallDecor, walls?: readonly Wall[]): { wall: Wall; along: number } | null {
    const bottom = thing.middle - thing.height / 2;
    const top = thing.middle + thing.height / 2;
    if (top > this.height - 0.05) return null;
    const found = this.findOnWall(thing.width + 0.1, bottom, top, walls);
    if (found) this.takeWall(found.wall, found.along, thing.width + 0.1, bottom, top);
    return found;
  }

  /** @param place how to choose the position along the wall. */
  standAtWall(
    furniture: Furniture,
    place: 'wall' | 'middle of wall' | 'corner' = 'wall',
    walls: readonly Wall[] = WALLS,
  ): Spot | null {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const wall = this.random.pick(walls);
      const room = this.lengthOf(wall) / 2 - furniture.width / 2 - GAP;
      if (room < 0) continue;
      const along =
        place === 'middle of wall' && attempt < 50
          ? this.random.between(-0.2, 0.2) * room
          : place === 'corner'
            ? this.random.pick([-1, 1]) * room
            : this.random.between(-room, room);
      const wallArea = {
        from: along - furniture.width / 2,
        to: along + furniture.width / 2,
        bottom: 0,
        top: furniture.height,
      };
      const clearance = furniture.clearance ?? 0.35;
      const stands = this.area(wall, along, 0.03, furniture.width, furniture.depth, furniture.height);
      const needs = this.area(wall, along, 0.03, furniture.width, furniture.depth + clearance, furniture.height);
      if (!this.isWallFree(wall, wallArea) || !this.isFree(stands) || !this.isUnoccupied(needs)) continue;
      this.walls[wall].push(wallArea);
      this.take(stands, furniture, needs);
      const [x, z] = this.fromWall(wall, along, 0.03 + furniture.depth / 2);
      return { x, z, quarterTurns: wall };
    }
    return null;
  }

  /** @param near keeps it within this share of the room's middle. */
  standFree(furniture: Furniture, near = 1): Spot | null {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const turned = this.random.integer(0, 3);
      const [sizeX, sizeZ] = turned % 2 === 0 ? [furniture.width, furniture.depth] : [furniture.depth, furniture.width];
      const roomX = this.width / 2 - sizeX / 2 - 0.1;
      const roomZ = this.depth / 2 - sizeZ / 2 - 0.1;
      if (roomX < 0 || roomZ < 0) continue;
      const x = this.width / 2 + near * this.random.between(-roomX, roomX);
      const z = this.depth / 2 + near * this.random.between(-roomZ, roomZ);
      const spot = this.standAt(furniture, x, z, turned, 0.08);
      if (spot) return spot;
    }
    return null;
  }

  standAt(furniture: Furniture, x: number, z: number, quarterTurns: number, margin = 0): Spot | null {
    const [sizeX, sizeZ] =
      quarterTurns % 2 === 0 ? [furniture.width, furniture.depth] : [furniture.depth, furniture.width];
    const area: FloorArea = {
      left: x - sizeX / 2 - margin,
      right: x + sizeX / 2 + margin,
      back: z - sizeZ / 2 - margin,
      front: z + sizeZ / 2 + margin,
      height: furniture.height,
    };
    if (area.left < 0.02 || area.back < 0.02 || area.right > this.width - 0.02 || area.front > this.depth - 0.02)
      return null;
    if (furniture.flat) return { x, z, quarterTurns };
    if (!this.isFree(area)) return null;
    this.occupied.push(area);
    return { x, z, quarterTurns };
  }

  private take(stands: FloorArea, furniture: Furniture, needs: FloorArea): void {
    if (furniture.flat) return;
    this.occupied.push(stands);
    // The half of the free floor nearest to it stays free; the rest may be shared.
    this.reserved.push({
      left: (stands.left + needs.left) / 2,
      right: (stands.right + needs.right) / 2,
      back: (stands.back + needs.back) / 2,
      front: (stands.front + needs.front) / 2,
      height: 0,
    });
  }

  private area(wall: Wall, along: number, from: number, width: number, depth: number, height: number): FloorArea {
    const [x0, z0] = this.fromWall(wall, along - width / 2, from);
    const [x1, z1] = this.fromWall(wall, along + width / 2, from + depth);
    return {
      left: Math.min(x0, x1),
      right: Math.max(x0, x1),
      back: Math.min(z0, z1),
      front: Math.max(z0, z1),
      height,
    };
  }

  private isWallFree(wall: Wall, area: WallArea): boolean {
    return this.walls[wall].every(
      (other) => area.to <= other.from || area.from >= other.to || area.top <= other.bottom || area.bottom >= other.top,
    );
  }

  private isFree(area: FloorArea): boolean {
    return this.isUnoccupied(area) && this.reserved.every((other) => !overlap(area, other));
  }

  private isUnoccupied(area: FloorArea): boolean {
    const inside =
      area.left > -0.001 && area.back > -0.001 && area.right < this.width + 0.001 && area.front < this.depth + 0.001;
    return inside && this.occupied.every((other) => !overlap(area, other));
  }
}

function overlap(a: FloorArea, b: FloorArea): boolean {
  return a.left < b.right && a.right > b.left && a.back < b.front && a.front > b.back;
}
