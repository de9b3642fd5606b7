import { depthToMesh, depthToPointCloud, type Intrinsics } from '@llm-mde/depth-maps';
import {
  Box2,
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
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';

/** Largest number of points to draw: more are not visible at the size of a page. */
const MOST_POINTS = 160_000;

/** How much larger the first view is than the shape. */
const MARGIN = 1.12;

interface ShownDepth {
  width: number;
  height: number;
  intrinsics: Intrinsics;
  /** RGB interleaved, `width * height * 3` bytes. */
  colors: ArrayLike<number>;
  kind: 'mesh' | 'points';
}

/** A depth map in 3D, first seen from beside the camera of the photo; it can be rotated and zoomed. */
export class DepthScene {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(50, 1, 0.02, 200);
  private readonly controls: OrbitControls;
  private readonly resizes: ResizeObserver;
  private shape: Mesh | Points | undefined;
  /** Where the camera first is, and what it looks at. */
  private start = { position: new Vector3(), target: new Vector3(0, 0, -3) };
  /** Tangents of half the fields of view in which the camera first sees the whole shape. */
  private halfView = { x: 0.5, y: 0.5 };

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
    geometry.setAttribute('position', new BufferAttribute(toThree(positions), 3));
    geometry.setAttribute('color', new BufferAttribute(linearColors(colors, pixels), 3));
    if (surface) geometry.setIndex(new BufferAttribute(surface.triangles, 1));
    this.shape = surface
      ? new Mesh(geometry, new MeshBasicMaterial({ vertexColors: true, side: DoubleSide }))
      : new Points(geometry, new PointsMaterial({ vertexColors: true, size: 0.008 * stride }));
    this.scene.add(this.shape);
    this.frame(geometry);
    this.setLens();
    if (isFirst) this.reset();
    else this.draw();
  }

  /** Finds a view of the whole shape, in the middle of the canvas, from beside the camera of the photo. */
  private frame(geometry: BufferGeometry): void {
    geometry.computeBoundingBox();
    const target = geometry.boundingBox!.getCenter(new Vector3());
    const distance = target.length();
    const position = new Vector3(0.2, 0.12, 0.12).multiplyScalar(distance);
    const points = geometry.getAttribute('position');
    const camera = new PerspectiveCamera();
    const seenPoint = new Vector3();
    camera.position.copy(position);
    // Each turn of the camera changes a little what it sees.
    for (let turn = 0; turn < 3; turn++) {
      camera.lookAt(target);
      camera.updateMatrixWorld();
      const seen = new Box2();
      for (let point = 0; point < points.count; point++) {
        const { x, y, z } = seenPoint.fromBufferAttribute(points, point).applyMatrix4(camera.matrixWorldInverse);
        if (z < 0) seen.expandByPoint(new Vector2(-x / z, -y / z));
      }
      const middle = seen.getCenter(new Vector2());
      const half = seen.getSize(new Vector2()).multiplyScalar(0.5 * MARGIN);
      this.halfView = { x: half.x, y: half.y };
      camera.localToWorld(target.set(middle.x, middle.y, -1).multiplyScalar(distance));
    }
    this.start = { position, target };
  }

  /** Moves the camera to its first position. */
  reset(): void {
    this.controls.target.copy(this.start.target);
    this.camera.position.copy(this.start.position);
    this.controls.update();
    this.draw();
  }

  /** @returns whether the view handles the key. */
  onKey(key: string): boolean {
    const step = 0.12;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.rotate(-step, 0),
      ArrowRight: () => this.rotate(step, 0),
      ArrowUp: () => this.rotate(0, -step),
      ArrowDown: () => this.rotate(0, step),
      '+': () => this.zoom(1 / 1.15),
      '=': () => this.zoom(1 / 1.15),
      '-': () => this.zoom(1.15),
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

  private rotate(azimuth: number, polar: number): void {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const spherical = new Spherical().setFromVector3(offset);
    spherical.theta += azimuth;
    spherical.phi += polar;
    this.camera.position.setFromSpherical(spherical.makeSafe()).add(this.controls.target);
    this.controls.update();
  }

  private zoom(factor: number): void {
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

  /** The camera sees the whole shape from its first position, at any aspect ratio of the canvas. */
  private setLens(): void {
    const y = Math.max(this.halfView.y, this.halfView.x / this.camera.aspect);
    this.camera.fov = (2 * Math.atan(y) * 180) / Math.PI;
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

/** From the camera's axes, y down and z forward, to those of three.js: y up, z backward. */
function toThree(positions: Float32Array): Float32Array {
  for (let at = 0; at < positions.length; at += 3) {
    positions[at + 1]! *= -1;
    positions[at + 2]! *= -1;
  }
  return positions;
}

/** Vertex colors are linear in three.js. */
function linearColors(colors: ArrayLike<number>, pixels: Uint32Array): Float32Array {
  const linear = Float32Array.from({ length: 256 }, (_, value) => new Color().setRGB(value / 255, 0, 0, 'srgb').r);
  const result = new Float32Array(3 * pixels.length);
  for (const [point, pixel] of pixels.entries()) {
    for (let channel = 0; channel < 3; channel++) result[3 * point + channel] = linear[colors[3 * pixel + channel]!]!;
  }
  return result;
}
