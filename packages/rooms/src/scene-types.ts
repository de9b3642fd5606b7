/**
 * The 28 scene types of NYU Depth v2's raw data (its `nyu_office_0` and `nyu_office_1` counted as one `nyu_office`), in alphabetical
 * order.
 */
export const SCENE_TYPES = [
  'basement',
  'bathroom',
  'bedroom',
  'bookstore',
  'cafe',
  'classroom',
  'computer_lab',
  'conference_room',
  'dinette',
  'dining_room',
  'exercise_room',
  'foyer',
  'furniture_store',
  'home_office',
  'home_storage',
  'indoor_balcony',
  'kitchen',
  'laundry_room',
  'living_room',
  'nyu_office',
  'office',
  'office_kitchen',
  'playroom',
  'printer_room',
  'reception_room',
  'student_lounge',
  'study',
  'study_room',
] as const;

export type SceneType = (typeof SCENE_TYPES)[number];
