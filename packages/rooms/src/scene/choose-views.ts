import { nyuIntrinsics } from '@llm-mde/depth-maps';
import { type Pose, poseFrom, rayGrid } from '../geometry/camera.js';
import type { SceneTracer } from '../geometry/scene-tracer.js';
import { clamp } from '../numeric.js';
import type { Random } from '../random.js';
import type { RoomPlan } from './room-plan.js';

const CANDIDATES = 80;
const RAYS = rayGrid(16, 12, nyuIntrinsics({ width: 16, height: 12 }));

interface View {
  pose: Pose;
  score: number;
  yaw: number;
}

/**
 * Picks camera poses as a person with a camera would: at breast to head height, on free floor, with much to see at a sensible distance. Tries
 * many at random and keeps the best that differ from each other.
 */
export function chooseViews(
  plan: RoomPlan,
  tracer: SceneTracer,
  random: Random,
  count: number,
  owners: readonly number[],
  interest: readonly number[],
): Pose[] {
  const views: View[] = [];
  for (let attempt = 0; views.length < CANDIDATES && attempt < CANDIDATES * 30; attempt++) {
    // Less particular about the distance from furniture where a room is crammed.
    const distance = attempt < CANDIDATES * 10 ? 0.35 : attempt < CANDIDATES * 20 ? 0.2 : 0.1;
    const x = random.between(0.2, plan.width - 0.2);
    const z = random.between(0.2, plan.depth - 0.2);
    const height = random.between(1.15, Math.min(1.7, plan.height - 0.4));
    const yaw = random.between(0, 6.283);
    const pitch = random.between(-0.36, -0.04);
    const roll = random.between(-0.025, 0.025);
    const crowded = plan.occupied.some(
      (area) =>
        area.height > height - 0.5 &&
        x > area.left - distance &&
        x < area.right + distance &&
        z > area.back - distance &&
        z < area.front + distance,
    );
    if (crowded) continue;
    const pose = poseFrom([x, height, z], yaw, pitch, roll);
    if (!isInTheOpen(tracer, pose)) continue;
    views.push({ pose, yaw, score: rate(tracer, pose, owners, interest) });
  }
  views.sort((a, b) => b.score - a.score);
  const chosen: View[] = [];
  for (const apart of [0.6, 0.3, 0]) {
    for (const view of views) {
      if (chosen.length === count) break;
      if (chosen.includes(view)) continue;
      const differs = chosen.every((other) => {
        const turned = Math.abs(view.yaw - other.yaw);
        const dx = view.pose.position[0] - other.pose.position[0];
        const dz = view.pose.position[2] - other.pose.position[2];
        return Math.min(turned, 6.283 - turned) > apart || dx * dx + dz * dz > apart * apart * 4;
      });
      if (differs) chosen.push(view);
    }
  }
  // A room so full that nothing was found is still seen, from its middle under the ceiling.
  while (chosen.length < count) {
    const yaw = chosen.length * 2.1;
    const pose = poseFrom([plan.width / 2, plan.height - 0.35, plan.depth / 2], yaw, -0.4);
    chosen.push({ pose, yaw, score: 0 });
  }
  return chosen.map(({ pose }) => pose);
}

/** Nothing within an arm's length to any side, above or below. */
function isInTheOpen(tracer: SceneTracer, { position: [x, y, z] }: Pose): boolean {
  for (const right of [-1, 0, 1]) {
    for (const ahead of [-1, 0, 1]) {
      const slanted = right !== 0 && ahead !== 0 ? 0.7 : 1;
      const up = right === 0 && ahead === 0 ? 1 : 0;
      if (tracer.nearest(x, y, z, slanted * right, up, slanted * ahead, 0, 0.18) >= 0) return false;
    }
  }
  // The floor or low furniture must be well below: inside of a solid it would not be.
  return tracer.nearest(x, y, z, 0, -1, 0, 0, 0.45) < 0;
}

/** The room's main furniture in the picture, much to see at 1 to 6 metres, no single thing filling the frame, little right before the lens. */
function rate(
  tracer: SceneTracer,
  { position, right, down, forward }: Pose,
  owners: readonly number[],
  interest: readonly number[],
): number {
  const seen = new Map<number, number>();
  const shares = new Float64Array(interest.length);
  let near = 0;
  let middling = 0;
  let sum = 0;
  let squares = 0;
  const count = RAYS.x.length;
  for (let at = 0; at < count; at++) {
    const [x, y] = [RAYS.x[at]!, RAYS.y[at]!];
    const direction = [0, 1, 2].map((axis) => right[axis]! * x + down[axis]! * y + forward[axis]!);
    const hit = tracer.nearest(...position, direction[0]!, direction[1]!, direction[2]!, 0.02, 1e9);
    const depth = hit < 0 ? 0 : tracer.distance;
    seen.set(hit, (seen.get(hit) ?? 0) + 1);
    const owner = owners[hit] ?? -1;
    // What is cut off at the frame's edge or right before the camera shows less of itself.
    if (owner >= 0 && depth > 0.9) shares[owner]! += Math.abs(x) < 0.5 ? 1 / count : 0.5 / count;
    if (depth < 0.9) near++;
    if (depth > 1.2 && depth < 6) middling++;
    sum += depth;
    squares += depth * depth;
  }
  const mean = sum / count;
  const spread = Math.sqrt(Math.max(0, squares / count - mean * mean));
  const largest = Math.max(...seen.values()) / count;
  let shown = 0;
  for (const [owner, weight] of interest.entries()) shown += weight * Math.min(1, shares[owner]! / 0.05);
  const total = interest.reduce((all, weight) => all + weight, 0) || 1;
  const covered = shares.reduce((all, share) => all + share, 0);
  return (
    2.2 * (shown / total) +
    0.8 * Math.min(covered, 0.45) +
    0.5 * (Math.min(seen.size, 70) / 70) +
    0.5 * (middling / count) +
    0.4 * clamp(spread, 0, 1.4) -
    3 * (near / count) -
    1.2 * Math.max(0, largest - 0.3)
  );
}
