/** The type of a scene, from its name: the part before the first digit, without the underscore. `kitchen_0028b` is a `kitchen`. */
export function sceneTypeOf(scene: string): string {
  const type = scene.replace(/\d.*$/s, '').replace(/_+$/, '');
  return type === '' ? scene : type;
}
