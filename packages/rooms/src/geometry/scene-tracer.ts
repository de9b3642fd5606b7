import type { Hit } from './hit.js';
import { halfExtents, type Primitive } from './shapes.js';

const BOX = 0;
const ROUNDED_BOX = 1;
const FRUSTUM = 2;
const ELLIPSOID = 3;
const PANEL = 4;
const STRIDE = 16;
const LEAF_SIZE = 2;
/** Half sides of a panel, multiplied, above which it belongs to the shell of a room. */
const LARGE = 1;

/** Where the shell and the shapes of a tree begin in `order`; its root among the nodes, −1 if there are no shapes. */
interface Tree {
  shell: number;
  first: number;
  root: number;
}

/**
 * Finds what a ray meets. Rays are `origin + t * direction` with a direction of any length, and `t` is what is returned: with a direction whose
 * part along the camera's axis is 1, `t` is the z-depth itself.
 *
 * A tree of bounding boxes leads to the few shapes worth testing. All in flat arrays, without allocation while tracing.
 */
export class SceneTracer {
  /** Of the last hit found by {@link nearest}. */
  distance = 0;

  /** Per shape: the rows that turn world into own coordinates (9), its center (3), its sizes (4). */
  private readonly data: Float64Array;
  private readonly kinds: Uint8Array;
  private readonly holes: (Float64Array | undefined)[];
  /** The shapes of two trees: all, and those that cast shadows. Before each stand the shapes of the room's shell, which end most rays. */
  private readonly order: Int32Array;
  private readonly visible: Tree;
  private readonly opaque: Tree;
  private readonly nodeBounds: Float64Array;
  /** An inner node (count 0): its first child follows it, the second is at `nodeSecond`, `nodeFirst` is the axis that parts them. A leaf: its items from `nodeFirst`. */
  private readonly nodeSecond: Int32Array;
  private readonly nodeFirst: Int32Array;
  private readonly nodeCount: Int32Array;
  private nodes = 0;
  private readonly stack = new Int32Array(128);
  /** Where the ray enters the nodes on the stack. */
  private readonly entries = new Float64Array(128);
  /** Origin, direction, near and far of the current ray. */
  private readonly ray = new Float64Array(8);

  constructor(readonly primitives: readonly Primitive[]) {
    const count = primitives.length;
    this.data = new Float64Array(count * STRIDE);
    this.kinds = new Uint8Array(count);
    this.holes = new Array(count);
    const bounds = new Float64Array(count * 6);
    const shell: number[] = [];
    const all = [...primitives.keys()];
    for (const [index, { geometry, placement }] of primitives.entries()) {
      const at = index * STRIDE;
      const r = placement.rotation;
      this.data.set([r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8], placement.x, placement.y, placement.z], at);
      if (geometry.kind === 'panel' && geometry.halfX * geometry.halfY > LARGE) shell.push(index);
      const half = halfExtents(geometry);
      this.data.set(half, at + 12);
      if (geometry.kind === 'box') {
        this.kinds[index] = geometry.radius ? ROUNDED_BOX : BOX;
        this.data[at + 15] = geometry.radius ?? 0;
      } else if (geometry.kind === 'frustum') {
        this.kinds[index] = FRUSTUM;
        this.data.set([geometry.bottomRadius, geometry.halfHeight, geometry.topRadius], at + 12);
      } else if (geometry.kind === 'ellipsoid') this.kinds[index] = ELLIPSOID;
      else {
        this.kinds[index] = PANEL;
        const holes = geometry.holes?.flatMap(({ left, right, bottom, top }) => [left, right, bottom, top]);
        if (holes?.length) this.holes[index] = Float64Array.from(holes);
      }
      for (let axis = 0; axis < 3; axis++) {
        let extent = 1e-6;
        for (let own = 0; own < 3; own++) extent += Math.abs(r[axis * 3 + own]!) * half[own]!;
        const center = this.data[at + 9 + axis]!;
        bounds[index * 6 + axis] = center - extent;
        bounds[index * 6 + 3 + axis] = center + extent;
      }
    }
    const opaque = all.filter(
      (index) => !primitives[index]!.material.transparentToLight && !primitives[index]!.material.emission,
    );
    const others = opaque.filter((index) => !shell.includes(index));
    this.order = Int32Array.from([...shell, ...all, ...opaque.filter((index) => shell.includes(index)), ...others]);
    const maximumNodes = 4 * count + 2;
    this.nodeBounds = new Float64Array(maximumNodes * 6);
    this.nodeSecond = new Int32Array(maximumNodes);
    this.nodeFirst = new Int32Array(maximumNodes);
    this.nodeCount = new Int32Array(maximumNodes);
    const between = shell.length + count;
    this.visible = this.build(0, shell.length, between, bounds);
    this.opaque = this.build(between, this.order.length - others.length, this.order.length, bounds);
  }

  /** @returns the index of the first shape between `near` and `far`, or −1; its distance is then in {@link distance}. */
  nearest(ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, near: number, far: number): number {
    this.aim(ox, oy, oz, dx, dy, dz, near, far);
    const found = this.trace(false);
    this.distance = this.ray[7]!;
    return found;
  }

  /** Whether anything that casts a shadow lies between `near` and `far`. */
  isBlocked(
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
    near: number,
    far: number,
  ): boolean {
    this.aim(ox, oy, oz, dx, dy, dz, near, far);
    return this.trace(true) >= 0;
  }

  /** Fills in `hit` for the point at `t` on a ray that meets the shape there. */
  surfaceAt(
    index: number,
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
    t: number,
    hit: Hit,
  ): void {
    const x = ox + t * dx;
    const y = oy + t * dy;
    const z = oz + t * dz;
    const { data } = this;
    const at = index * STRIDE;
    const px = x - data[at + 9]!;
    const py = y - data[at + 10]!;
    const pz = z - data[at + 11]!;
    const lx = data[at]! * px + data[at + 1]! * py + data[at + 2]! * pz;
    const ly = data[at + 3]! * px + data[at + 4]! * py + data[at + 5]! * pz;
    const lz = data[at + 6]! * px + data[at + 7]! * py + data[at + 8]! * pz;
    const a = data[at + 12]!;
    const b = data[at + 13]!;
    const c = data[at + 14]!;
    let nx = 0;
    let ny = 0;
    let nz = 0;
    switch (this.kinds[index]) {
      case BOX: {
        const ex = Math.abs(lx) - a;
        const ey = Math.abs(ly) - b;
        const ez = Math.abs(lz) - c;
        if (ex >= ey && ex >= ez) nx = lx < 0 ? -1 : 1;
        else if (ey >= ez) ny = ly < 0 ? -1 : 1;
        else nz = lz < 0 ? -1 : 1;
        break;
      }
      case ROUNDED_BOX: {
        const radius = data[at + 15]!;
        nx = beyond(lx, a - radius);
        ny = beyond(ly, b - radius);
        nz = beyond(lz, c - radius);
        break;
      }
      case FRUSTUM: {
        const radial = Math.sqrt(lx * lx + lz * lz);
        const slope = (a - c) / (2 * b);
        const toSide = Math.abs(radial - (a + c) / 2 + slope * ly);
        if (Math.abs(Math.abs(ly) - b) < 1e-5 && toSide > 1e-5) ny = ly < 0 ? -1 : 1;
        else {
          nx = lx / radial;
          nz = lz / radial;
          ny = slope;
        }
        break;
      }
      case ELLIPSOID:
        nx = lx / (a * a);
        ny = ly / (b * b);
        nz = lz / (c * c);
        break;
      default:
        nz = 1;
    }
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    nx /= length;
    ny /= length;
    nz /= length;
    let wx = data[at]! * nx + data[at + 3]! * ny + data[at + 6]! * nz;
    let wy = data[at + 1]! * nx + data[at + 4]! * ny + data[at + 7]! * nz;
    let wz = data[at + 2]! * nx + data[at + 5]! * ny + data[at + 8]! * nz;
    if (wx * dx + wy * dy + wz * dz > 0) {
      wx = -wx;
      wy = -wy;
      wz = -wz;
    }
    hit.primitive = this.primitives[index]!;
    hit.x = x;
    hit.y = y;
    hit.z = z;
    hit.nx = wx;
    hit.ny = wy;
    hit.nz = wz;
    hit.localX = lx;
    hit.localY = ly;
    hit.localZ = lz;
    hit.localNormalX = nx;
    hit.localNormalY = ny;
    hit.localNormalZ = nz;
  }

  private aim(ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, near: number, far: number): void {
    const { ray } = this;
    ray[0] = ox;
    ray[1] = oy;
    ray[2] = oz;
    ray[3] = dx;
    ray[4] = dy;
    ray[5] = dz;
    ray[6] = near;
    ray[7] = far;
  }

  /**
   * Follows {@link ray} to the nearest shape, or to any that casts a shadow, and shortens the ray to it. One long function on purpose: engines
   * pack every number that is handed from one function to another into an object of its own, and this is where all the time goes.
   */
  private trace(shadow: boolean): number {
    const { ray, stack, entries, nodeBounds, nodeCount, nodeFirst, nodeSecond, order, data, kinds } = this;
    const tree = shadow ? this.opaque : this.visible;
    const ox = ray[0]!;
    const oy = ray[1]!;
    const oz = ray[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    const near = ray[6]!;
    // Large instead of infinite for 0, so that 0 times it is no NaN.
    const ix = dx === 0 ? 1e300 : 1 / dx;
    const iy = dy === 0 ? 1e300 : 1 / dy;
    const iz = dz === 0 ? 1e300 : 1 / dz;
    // Which of a box's two planes the ray meets first, along each axis.
    const nearX = ix < 0 ? 3 : 0;
    const nearY = iy < 0 ? 4 : 1;
    const nearZ = iz < 0 ? 5 : 2;
    let best = ray[7]!;
    let found = -1;
    stack[0] = tree.root;
    entries[0] = near;
    let depth = tree.root < 0 ? 0 : 1;
    let isBound = !shadow;
    let item = tree.shell;
    let end = tree.first;
    while (true) {
      for (; item < end; item++) {
        const index = order[item]!;
        const at = index * STRIDE;
        const px = ox - data[at + 9]!;
        const py = oy - data[at + 10]!;
        const pz = oz - data[at + 11]!;
        const r0 = data[at]!;
        const r1 = data[at + 1]!;
        const r2 = data[at + 2]!;
        const r3 = data[at + 3]!;
        const r4 = data[at + 4]!;
        const r5 = data[at + 5]!;
        const r6 = data[at + 6]!;
        const r7 = data[at + 7]!;
        const r8 = data[at + 8]!;
        const kind = kinds[index]!;
        const lz = r6 * px + r7 * py + r8 * pz;
        const mz = r6 * dx + r7 * dy + r8 * dz;
        if (kind === PANEL) {
          const reached = -lz / mz;
          // Most rays end before they reach a wall.
          if (!(reached > near && reached < best)) continue;
        }
        const lx = r0 * px + r1 * py + r2 * pz;
        const ly = r3 * px + r4 * py + r5 * pz;
        const mx = r0 * dx + r1 * dy + r2 * dz;
        const my = r3 * dx + r4 * dy + r5 * dz;
        const a = data[at + 12]!;
        const b = data[at + 13]!;
        const c = data[at + 14]!;
        let t = Number.POSITIVE_INFINITY;
        if (kind <= ROUNDED_BOX) {
          const jx = mx === 0 ? 1e300 : 1 / mx;
          const jy = my === 0 ? 1e300 : 1 / my;
          const jz = mz === 0 ? 1e300 : 1 / mz;
          const kx = Math.abs(jx) * a;
          const ky = Math.abs(jy) * b;
          const kz = Math.abs(jz) * c;
          const cx = -lx * jx;
          const cy = -ly * jy;
          const cz = -lz * jz;
          const into = Math.max(cx - kx, cy - ky, cz - kz);
          const outOf = Math.min(cx + kx, cy + ky, cz + kz);
          if (into <= outOf && outOf > near && into < best) {
            if (kind === BOX) t = into > near ? into : outOf;
            else {
              // Steps by the distance to the surface, which for a convex shape never lead past it.
              const radius = data[at + 15]!;
              const speed = 1 / Math.sqrt(mx * mx + my * my + mz * mz);
              let walked = Math.max(into, near);
              for (let step = 0; step < 48; step++) {
                const qx = Math.max(Math.abs(lx + walked * mx) - a + radius, 0);
                const qy = Math.max(Math.abs(ly + walked * my) - b + radius, 0);
                const qz = Math.max(Math.abs(lz + walked * mz) - c + radius, 0);
                const distance = Math.sqrt(qx * qx + qy * qy + qz * qz) - radius;
                if (distance < 1e-7) {
                  // One that starts inside (it left the surface that it is on) is let out.
                  if (step > 0 || distance > -1e-4) t = walked;
                  break;
                }
                walked += distance * speed;
                if (walked > outOf) break;
              }
            }
          }
        } else if (kind === FRUSTUM) {
          // The radius at height y is middle + slope * y.
          const slope = (c - a) / (2 * b);
          const middle = (a + c) / 2;
          const radius = middle + slope * ly;
          const change = slope * my;
          const qa = mx * mx + mz * mz - change * change;
          const qb = lx * mx + lz * mz - radius * change;
          const qc = lx * lx + lz * lz - radius * radius;
          const discriminant = qb * qb - qa * qc;
          if (discriminant >= 0 && qa !== 0) {
            const root = Math.sqrt(discriminant);
            const first = (-qb - root) / qa;
            const firstY = ly + first * my;
            if (first > near && Math.abs(firstY) <= b && middle + slope * firstY >= 0) t = first;
            const second = (-qb + root) / qa;
            const secondY = ly + second * my;
            if (second > near && second < t && Math.abs(secondY) <= b && middle + slope * secondY >= 0) t = second;
          }
          if (my !== 0) {
            const low = (-b - ly) / my;
            const lowX = lx + low * mx;
            const lowZ = lz + low * mz;
            if (low > near && low < t && lowX * lowX + lowZ * lowZ <= a * a) t = low;
            const high = (b - ly) / my;
            const highX = lx + high * mx;
            const highZ = lz + high * mz;
            if (high > near && high < t && highX * highX + highZ * highZ <= c * c) t = high;
          }
        } else if (kind === ELLIPSOID) {
          const ux = lx / a;
          const uy = ly / b;
          const uz = lz / c;
          const vx = mx / a;
          const vy = my / b;
          const vz = mz / c;
          const qa = vx * vx + vy * vy + vz * vz;
          const qb = ux * vx + uy * vy + uz * vz;
          const qc = ux * ux + uy * uy + uz * uz - 1;
          const discriminant = qb * qb - qa * qc;
          if (discriminant >= 0) {
            const root = Math.sqrt(discriminant);
            t = (-qb - root) / qa;
            if (t <= near) t = (-qb + root) / qa;
          }
        } else if (mz !== 0) {
          const reached = -lz / mz;
          const x = lx + reached * mx;
          const y = ly + reached * my;
          if (Math.abs(x) <= a && Math.abs(y) <= b) {
            t = reached;
            const holes = this.holes[index];
            if (holes !== undefined) {
              for (let hole = 0; hole < holes.length; hole += 4) {
                if (x > holes[hole]! && x < holes[hole + 1]! && y > holes[hole + 2]! && y < holes[hole + 3]!) {
                  t = Number.POSITIVE_INFINITY;
                }
              }
            }
          }
        }
        if (t > near && t < best) {
          if (shadow) return index;
          best = t;
          found = index;
        }
      }
      if (isBound) {
        // Walls are in the tree too: of two shapes at the same distance, the one that is met first there counts.
        best = Math.min(ray[7]!, best * (1 + 1e-9));
        found = -1;
        isBound = false;
      }
      // On to the next leaf. The nearer child first: the nodes are cut along one axis, and the first child lies at its lower end.
      let node = -1;
      while (depth > 0 && node < 0) {
        node = stack[--depth]!;
        if (entries[depth]! > best) node = -1;
        while (node >= 0 && nodeCount[node] === 0) {
          const axis = nodeFirst[node]!;
          const forward = (axis === 0 ? dx : axis === 1 ? dy : dz) >= 0;
          const first = forward ? node + 1 : nodeSecond[node]!;
          const second = forward ? nodeSecond[node]! : node + 1;
          const a = first * 6;
          const b = second * 6;
          const inFirstX = (nodeBounds[a + nearX]! - ox) * ix;
          const inFirstY = (nodeBounds[a + nearY]! - oy) * iy;
          const inFirstZ = (nodeBounds[a + nearZ]! - oz) * iz;
          const outFirstX = (nodeBounds[a + 3 - nearX]! - ox) * ix;
          const outFirstY = (nodeBounds[a + 5 - nearY]! - oy) * iy;
          const outFirstZ = (nodeBounds[a + 7 - nearZ]! - oz) * iz;
          const inSecondX = (nodeBounds[b + nearX]! - ox) * ix;
          const inSecondY = (nodeBounds[b + nearY]! - oy) * iy;
          const inSecondZ = (nodeBounds[b + nearZ]! - oz) * iz;
          const outSecondX = (nodeBounds[b + 3 - nearX]! - ox) * ix;
          const outSecondY = (nodeBounds[b + 5 - nearY]! - oy) * iy;
          const outSecondZ = (nodeBounds[b + 7 - nearZ]! - oz) * iz;
          // Without a branch for each comparison, as half of them would be predicted wrongly.
          const meetsFirst =
            +(inFirstX <= best) &
            +(inFirstY <= best) &
            +(inFirstZ <= best) &
            +(near <= outFirstX) &
            +(near <= outFirstY) &
            +(near <= outFirstZ) &
            +(inFirstX <= outFirstY) &
            +(inFirstX <= outFirstZ) &
            +(inFirstY <= outFirstX) &
            +(inFirstY <= outFirstZ) &
            +(inFirstZ <= outFirstX) &
            +(inFirstZ <= outFirstY);
          const meetsSecond =
            +(inSecondX <= best) &
            +(inSecondY <= best) &
            +(inSecondZ <= best) &
            +(near <= outSecondX) &
            +(near <= outSecondY) &
            +(near <= outSecondZ) &
            +(inSecondX <= outSecondY) &
            +(inSecondX <= outSecondZ) &
            +(inSecondY <= outSecondX) &
            +(inSecondY <= outSecondZ) &
            +(inSecondZ <= outSecondX) &
            +(inSecondZ <= outSecondY);
          if (meetsFirst !== 0) {
            if (meetsSecond !== 0) {
              stack[depth] = second;
              entries[depth++] = shadow ? near : Math.max(inSecondX, inSecondY, inSecondZ, near);
            }
            node = first;
          } else node = meetsSecond !== 0 ? second : -1;
        }
      }
      if (node < 0) break;
      item = nodeFirst[node]!;
      end = item + nodeCount[node]!;
    }
    ray[7] = best;
    return found;
  }

  /** Splits the shapes, again and again, in the middle of the longest side of their centers' bounds. */
  private build(shell: number, first: number, end: number, bounds: Float64Array): Tree {
    const { order, nodeBounds, nodeCount, nodeFirst, nodeSecond } = this;
    const center = (index: number, axis: number) => bounds[index * 6 + axis]! + bounds[index * 6 + 3 + axis]!;
    const split = (first: number, end: number): number => {
      const node = this.nodes++;
      const low = [Infinity, Infinity, Infinity];
      const high = [-Infinity, -Infinity, -Infinity];
      const centerLow = [Infinity, Infinity, Infinity];
      const centerHigh = [-Infinity, -Infinity, -Infinity];
      for (let item = first; item < end; item++) {
        const index = order[item]!;
        for (let axis = 0; axis < 3; axis++) {
          low[axis] = Math.min(low[axis]!, bounds[index * 6 + axis]!);
          high[axis] = Math.max(high[axis]!, bounds[index * 6 + 3 + axis]!);
          centerLow[axis] = Math.min(centerLow[axis]!, center(index, axis));
          centerHigh[axis] = Math.max(centerHigh[axis]!, center(index, axis));
        }
      }
      nodeBounds.set([...low, ...high], node * 6);
      if (end - first <= LEAF_SIZE) {
        nodeFirst[node] = first;
        nodeCount[node] = end - first;
        return node;
      }
      const sizes = centerLow.map((value, axis) => centerHigh[axis]! - value);
      const axis = sizes.indexOf(Math.max(...sizes));
      const sorted = order.slice(first, end).sort((a, b) => center(a, axis) - center(b, axis) || a - b);
      order.set(sorted, first);
      const cut = first + bestCut(sorted, bounds);
      nodeFirst[node] = axis;
      split(first, cut);
      nodeSecond[node] = split(cut, end);
      return node;
    };
    return { shell, first, root: first < end ? split(first, end) : -1 };
  }
}

/** After how many of the sorted shapes to cut, so that the two halves' surface areas times their counts add up to the least. */
function bestCut(sorted: Int32Array, bounds: Float64Array): number {
  const areas = new Float64Array(sorted.length + 1);
  const sweep = (from: number, step: number, visit: (position: number, area: number) => void) => {
    const box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
    for (let position = from; position >= 0 && position < sorted.length; position += step) {
      const index = sorted[position]! * 6;
      for (let axis = 0; axis < 3; axis++) {
        box[axis] = Math.min(box[axis]!, bounds[index + axis]!);
        box[axis + 3] = Math.max(box[axis + 3]!, bounds[index + 3 + axis]!);
      }
      const [x, y, z] = [box[3]! - box[0]!, box[4]! - box[1]!, box[5]! - box[2]!];
      visit(position, x * y + y * z + z * x);
    }
  };
  sweep(sorted.length - 1, -1, (position, area) => {
    areas[position] = area * (sorted.length - position);
  });
  let best = Number.POSITIVE_INFINITY;
  let cut = sorted.length >> 1;
  sweep(0, 1, (position, area) => {
    const cost = area * (position + 1) + areas[position + 1]!;
    if (position + 1 < sorted.length && cost < best) {
      best = cost;
      cut = position + 1;
    }
  });
  return cut;
}

/** How far a coordinate lies outside ±limit, with its sign. */
function beyond(value: number, limit: number): number {
  if (value > limit) return value - limit;
  return value < -limit ? value + limit : 0;
}
