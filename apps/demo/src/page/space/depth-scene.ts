import { depthToMesh, depthToPointCloud, type Intrinsics } from '@llm-mde/depth-maps';
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  Mesh,
  MeshBasicMaterial,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Scene,
  Spherical,
  Vector3,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';

/** Points that are drawn at most: more do not show at the size of a page. */
const MOST_POINTS = 160_000;

export interface ShownDepth {
  width: number;
  height: number;
  intrinsics: Intrinsics;
  /** RGB interleaved, `width * height * 3` bytes. */
  colors: ArrayLike<number>;
  kind: 'mesh' | 'points';
}

/** A depth map in space, seen from where the camera stood and a step aside; it can be turned and approached. */
export class DepthScene {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(50, 1, 0.02, 200);
  private readonly controls: OrbitControls;
  private readonly resizes: ResizeObserver;
  private shape: Mesh | Points | undefined;
  /** Half of what the photo's camera saw, as tangents of the angles. */
  private readonly seen = { across: 0.5, down: 0.5 };
  /** Where the middle of what is shown lies. */
  private readonly center = new Vector3(0, 0, -3);

  /** @throws if the browser has no WebGL 2. */
  constructor(private readonly canvas: HTMLCanvasElement) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true });
    this.scene.background = new Color('#10151d');
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.addEventListener('change', () => this.draw());
    this.resizes = new ResizeObserver(() => this.fit());
    this.resizes.observe(canvas);
  }

  show(depth: ArrayLike<number>, { colors, kind, ...options }: ShownDepth): void {
    const isFirst = this.shape === undefined;
    this.remove();
    const stride = Math.max(1, Math.ceil(Math.sqrt((options.width * options.height) / MOST_POINTS)));
    const surface = kind === 'mesh' ? depthToMesh(depth, { ...options, stride }) : undefined;
    const { positions, pixels } = surface ?? depthToPointCloud(depth, { ...options, stride });
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(inScene(positions), 3));
    geometry.setAttribute('color', new BufferAttribute(linearColors(colors, pixels), 3));
    if (surface) geometry.setIndex(new BufferAttribute(surface.triangles, 1));
    this.shape = surface
      ? new Mesh(geometry, new MeshBasicMaterial({ vertexColors: true, side: DoubleSide }))
      : new Points(geometry, new PointsMaterial({ vertexColors: true, size: 0.008 * stride }));
    this.scene.add(this.shape);
    geometry.computeBoundingBox();
    geometry.boundingBox!.getCenter(this.center);
    const { width, height, intrinsics } = options;
    this.seen.across = width / 2 / intrinsics.fx;
    this.seen.down = height / 2 / intrinsics.fy;
    this.setLens();
    if (isFirst) this.reset();
    else this.draw();
  }

  /** Back to a step beside where the photo was taken. */
  reset(): void {
    const distance = this.center.length();
    this.controls.target.copy(this.center);
    this.camera.position.set(0.2 * distance, 0.12 * distance, 0.12 * distance);
    this.controls.update();
    this.draw();
  }

  /** @returns whether the key is one of this view's. */
  onKey(key: string): boolean {
    const turn = 0.12;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.turn(-turn, 0),
      ArrowRight: () => this.turn(turn, 0),
      ArrowUp: () => this.turn(0, -turn),
      ArrowDown: () => this.turn(0, turn),
      '+': () => this.approach(1 / 1.15),
      '=': () => this.approach(1 / 1.15),
      '-': () => this.approach(1.15),
      Home: () => this.reset(),
    };
    actions[key]?.();
    return key in actions;
  }

  dispose(): void {
    this.resizes.disconnect();
    this.controls.dispose();
    this.remove();
    this.renderer.dispose();
  }

  private turn(around: number, over: number): void {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const spherical = new Spherical().setFromVector3(offset);
    spherical.theta += around;
    spherical.phi += over;
    this.camera.position.setFromSpherical(spherical.makeSafe()).add(this.controls.target);
    this.controls.update();
  }

  private approach(factor: number): void {
    this.camera.position.sub(this.controls.target).multiplyScalar(factor).add(this.controls.target);
    this.controls.update();
  }

  private fit(): void {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.camera.aspect = clientWidth / clientHeight;
    this.setLens();
    this.draw();
  }

  /** From where the photo was taken all of it would be seen, whatever the shape of the canvas. */
  private setLens(): void {
    const down = Math.max(this.seen.down, this.seen.across / this.camera.aspect);
    this.camera.fov = (2 * Math.atan(down) * 180) / Math.PI;
    this.camera.updateProjectionMatrix();
  }

  private draw(): void {
    this.renderer.render(this.scene, this.camera);
  }

  private remove(): void {
    if (!this.shape) return;
    this.scene.remove(this.shape);
    this.shape.geometry.dispose();
    (this.shape.material as MeshBasicMaterial | PointsMaterial).dispose();
  }
}

/** From the camera's axes, y down and z forward, to three's: y up, looking along -z. */
function inScene(positions: Float32Array): Float32Array {
  for (let at = 0; at < positions.length; at += 3) {
    positions[at + 1]! *= -1;
    positions[at + 2]! *= -1;
  }
  return positions;
}

/** Colors of vertices are linear in three. */
function linearColors(colors: ArrayLike<number>, pixels: Uint32Array): Float32Array {
  const linear = Float32Array.from({ length: 256 }, (_, value) => new Color().setRGB(value / 255, 0, 0, 'srgb').r);
  const result = new Float32Array(3 * pixels.length);
  for (const [point, pixel] of pixels.entries()) {
    for (let channel = 0; channel < 3; channel++) result[3 * point + channel] = linear[colors[3 * pixel + channel]!]!;
  }
  return result;
}
