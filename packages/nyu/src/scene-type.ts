/**
 * The type of a scene: its name up to the first digits, without the underscore before them, as the data set's own toolbox has it
 * (`get_scene_type_from_scene`). `kitchen_0028b` is of type `kitchen`.
 *
 * `nyu_office_0` and `nyu_office_1` give `nyu_office`, which stays apart from `office`: that is the count that makes the 284 training
 * scenes 28 types, the number in the paper.
 */
export function sceneTypeOf(scene: string): string {
  const type = scene.replace(/\d.*$/s, '').replace(/_+$/, '');
  return type === '' ? scene : type;
}
