import { bed } from './bedroom.js';
import { rug } from './leisure.js';
import { type Furniture, type FurnitureMaker, piece } from './piece.js';
import { armchair, chair, officeChair, shellChair, sofa } from './seating.js';
import { nightstand } from './storage.js';
import { coffeeTable, desk, plainDesk, roundTable, table } from './tables.js';
import { meetingTable } from './workplace.js';

interface Turn {
  quarterTurns?: number;
  yaw?: number;
}

interface Part extends Turn {
  furniture: Furniture;
  x: number;
  z: number;
}

const part = (furniture: Furniture, x = 0, z = 0, turn: Turn = {}): Part => ({ furniture, x, z, ...turn });

/** Several pieces as one, whose footprint encloses theirs. */
function group(parts: readonly Part[], clearance = 0.3): Furniture {
  const sides = parts
    .filter(({ furniture }) => !furniture.flat)
    .map(({ furniture, x, z, quarterTurns = 0, yaw = 0 }) => {
      const turned = quarterTurns % 2 === 1;
      const slack = yaw === 0 ? 0 : 0.04;
      const halfX = (turned ? furniture.depth : furniture.width) / 2 + slack;
      const halfZ = (turned ? furniture.width : furniture.depth) / 2 + slack;
      return { left: x - halfX, right: x + halfX, back: z - halfZ, front: z + halfZ };
    });
  const left = Math.min(...sides.map((side) => side.left));
  const right = Math.max(...sides.map((side) => side.right));
  const back = Math.min(...sides.map((side) => side.back));
  const front = Math.max(...sides.map((side) => side.front));
  const [middleX, middleZ] = [(left + right) / 2, (back + front) / 2];
  const height = Math.max(...parts.map(({ furniture }) => furniture.height));
  return piece({ size: [right - left, front - back, height], clearance }, (a) => {
    for (const { furniture, x, z, quarterTurns, yaw } of parts) {
      a.withTransform({ x: x - middleX, z: z - middleZ, quarterTurns, yaw }, () => furniture.build(a));
    }
  });
}

/** A table with chairs on its long sides (and its ends, if more than four). */
export function diningSet(seats: number, makeChair: FurnitureMaker = chair): FurnitureMaker {
  return (random, style) => {
    const along = Math.ceil(Math.min(seats, seats > 4 ? seats - 2 : seats) / 2);
    const width = Math.max(1.1, along * 0.62 + 0.1);
    const depth = 0.88;
    const parts = [part(table(width, depth)(random, style))];
    const one = random.fork();
    // All chairs of a set are alike: the same maker with the same random stream.
    const seat = makeChair(one, style);
    const jitter = () => ({ yaw: random.between(-0.16, 0.16), away: random.between(-0.05, 0.16) });
    for (let index = 0; index < along; index++) {
      const x = ((index + 0.5) / along - 0.5) * (width - 0.1);
      for (const side of [-1, 1]) {
        const { yaw, away } = jitter();
        parts.push(part(seat, x, side * (depth / 2 + 0.12 + away), { quarterTurns: side > 0 ? 2 : 0, yaw }));
      }
    }
    if (seats > 4) {
      for (const side of [-1, 1]) {
        const { yaw, away } = jitter();
        parts.push(part(seat, side * (width / 2 + 0.14 + away), 0, { quarterTurns: side > 0 ? 3 : 1, yaw }));
      }
    }
    return group(parts);
  };
}

/** A small round table with two to four chairs. */
export function bistroSet(seats: number, makeChair: FurnitureMaker = chair): FurnitureMaker {
  return (random, style) => {
    const radius = 0.32 + 0.05 * seats;
    const seat = makeChair(random.fork(), style);
    const parts = [part(roundTable(radius)(random, style))];
    const sides: [number, number, number][] = [
      [1, 0, 3],
      [-1, 0, 1],
      [0, 1, 2],
      [0, -1, 0],
    ];
    for (const [x, z, quarterTurns] of sides.slice(0, seats)) {
      const away = radius + 0.14 + random.between(0, 0.12);
      parts.push(part(seat, x * away, z * away, { quarterTurns, yaw: random.between(-0.25, 0.25) }));
    }
    return group(parts, 0.15);
  };
}

/** A desk and a swivel chair at it. */
export function workplace(
  equipment: 'computer' | 'laptop' | 'papers',
  width = 1.4,
  seat: FurnitureMaker = officeChair,
): FurnitureMaker {
  return (random, style) => {
    const table = desk(equipment, width)(random, style);
    const swivel = seat(random, style);
    const [x, z] = [random.between(-0.2, 0.05), table.depth / 2 + random.between(0.18, 0.4)];
    return group([part(table), part(swivel, x, z, { quarterTurns: 2, yaw: random.between(-0.6, 0.6) })], 0.2);
  };
}

/** Desks in rows, all facing the same way (−z), with chairs behind them. */
export function deskRows(columns: number, rows: number, equipment: 'none' | 'computer'): FurnitureMaker {
  return (random, style) => {
    const seed = random.fork();
    const width = equipment === 'computer' ? 1.6 : 1.25;
    const makeSeat = equipment === 'computer' ? officeChair : shellChair;
    const parts: Part[] = [];
    const seat = makeSeat(seed.fork(), style);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const x = (column - (columns - 1) / 2) * (width + 0.5);
        const z = row * 1.35;
        const shared = plainDesk(equipment, width)(seed.fork(), style);
        parts.push(part(shared, x, z, { yaw: random.between(-0.02, 0.02) }));
        for (const side of [-0.32, 0.32]) {
          if (!random.chance(0.88)) continue;
          const behind = z + 0.46 + random.between(-0.06, 0.1);
          parts.push(part(seat, x + side, behind, { quarterTurns: 2, yaw: random.between(-0.25, 0.25) }));
        }
      }
    }
    return group(parts, 0.2);
  };
}

export function conferenceSet(length: number): FurnitureMaker {
  return (random, style) => {
    const depth = 1.2;
    const seat = random.pick([officeChair, shellChair])(random.fork(), style);
    const parts = [part(meetingTable(length, depth)(random, style))];
    const along = Math.floor((length - 0.2) / 0.72);
    for (let index = 0; index < along; index++) {
      const x = ((index + 0.5) / along - 0.5) * (length - 0.2);
      for (const side of [-1, 1]) {
        const z = side * (depth / 2 + 0.2 + random.between(0, 0.2));
        parts.push(part(seat, x, z, { quarterTurns: side > 0 ? 2 : 0, yaw: random.between(-0.35, 0.35) }));
      }
    }
    for (const side of [-1, 1]) {
      const turn = { quarterTurns: side > 0 ? 3 : 1, yaw: random.between(-0.3, 0.3) };
      parts.push(part(seat, side * (length / 2 + 0.28), 0, turn));
    }
    return group(parts);
  };
}

/** A bed between nightstands, on a rug if there is one. */
export function bedGroup(width: number, stands = 2): FurnitureMaker {
  return (random, style) => {
    const sleeping = bed(width)(random, style);
    const stand = nightstand(random, style);
    const parts = [part(sleeping)];
    for (const side of [-1, 1].slice(0, stands)) {
      parts.push(part(stand, side * (sleeping.width / 2 + 0.3), -sleeping.depth / 2 + 0.23));
    }
    if (random.chance(0.6)) parts.push(part(rug(width + 1.1, 1.5)(random, style), 0, sleeping.depth / 2 - 0.35));
    return group(parts, 0.5);
  };
}

/** A sofa with a low table before it, and perhaps an armchair beside, on a rug. */
export function sofaGroup(seats: number): FurnitureMaker {
  return (random, style) => {
    const couch = sofa(seats)(random, style);
    const low = coffeeTable(random, style);
    const parts = [part(couch), part(low, random.between(-0.1, 0.1), couch.depth / 2 + low.depth / 2 + 0.4)];
    if (random.chance(0.75)) {
      parts.unshift(part(rug(couch.width * 0.95, 1.7)(random, style), 0, couch.depth / 2 + 0.45));
    }
    if (random.chance(0.7)) {
      const easy = armchair(random, style);
      const turn = { quarterTurns: 3, yaw: random.between(-0.15, 0.25) };
      parts.push(part(easy, couch.width / 2 + 0.35, couch.depth / 2 + 0.75, turn));
    }
    return group(parts, 0.3);
  };
}
