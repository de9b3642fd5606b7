import { describe, expect, it } from 'vitest';
import type { Furniture } from '../furniture/piece.js';
import { Random } from '../random.js';
import { RoomPlan } from './room-plan.js';

const thing = (width: number, depth: number, height = 1): Furniture => ({ width, depth, height, build: () => {} });
const plan = () => new RoomPlan(4, 3, 2.5, new Random(1));

describe('RoomPlan', () => {
  it('knows the corners of each wall', () => {
    expect(plan().fromWall(0, 1, 0.5)).toEqual([3, 0.5]);
    expect(plan().fromWall(1, 1, 0.5)).toEqual([0.5, 0.5]);
    expect(plan().fromWall(2, 1, 0.5)).toEqual([1, 2.5]);
    expect(plan().fromWall(3, 1, 0.5)).toEqual([3.5, 2.5]);
  });

  it('stands things at walls until there is no more room', () => {
    const room = plan();
    let placed = 0;
    while (placed < 50 && room.standAtWall(thing(1, 0.5))) placed++;
    expect(placed).toBeGreaterThan(3);
    expect(placed).toBeLessThan(14);
    expect(room.standAtWall(thing(5, 0.5))).toBeNull();
  });

  it('keeps doors and windows free', () => {
    const room = plan();
    room.takeWall(0, 0, 4, 0, 2);
    room.reserveBefore(0, 0, 4, 1);
    room.takeWall(2, 0, 4, 0.9, 2);
    for (let round = 0; round < 20; round++) {
      expect(room.standAtWall(thing(0.3, 0.3, 1.5), 'wall', [0, 2])).toBeNull();
      expect(room.standAt(thing(0.3, 0.3), 2, 0.5, 0)).toBeNull();
    }
    expect(room.standAtWall(thing(0.3, 0.3, 0.8), 'wall', [2])).not.toBeNull();
    expect(room.hang({ width: 1, height: 0.5, middle: 1.5, build: () => {} }, [2])).toBeNull();
  });

  it('lets rugs lie anywhere inside', () => {
    const room = plan();
    expect(room.standAt(thing(2, 2), 2, 1.5, 0)).not.toBeNull();
    expect(room.standAt(thing(1, 1), 2, 1.5, 0)).toBeNull();
    expect(room.standAt({ ...thing(1, 1, 0.01), flat: true }, 2, 1.5, 0)).not.toBeNull();
    expect(room.standAt({ ...thing(1, 1, 0.01), flat: true }, 3.8, 1.5, 0)).toBeNull();
  });
});
