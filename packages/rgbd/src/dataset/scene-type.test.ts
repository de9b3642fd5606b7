import { expect, it } from 'vitest';
import { sceneTypeOf } from './scene-type.js';

it.each([
  ['kitchen_0028b', 'kitchen'],
  ['dining_room_0001b', 'dining_room'],
  ['nyu_office_0', 'nyu_office'],
  ['nyu_office_1', 'nyu_office'],
  ['office_0002', 'office'],
  ['home_office_0011', 'home_office'],
  ['office_kitchen_0001a', 'office_kitchen'],
  ['bathroom', 'bathroom'],
  ['studyroom_2', 'studyroom'],
  ['0001', '0001'],
])('the scene %s is of type %s', (scene, type) => {
  expect(sceneTypeOf(scene)).toBe(type);
});
