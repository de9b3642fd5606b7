import { describe, expect, it } from 'vitest';
import { readPreprocessorConfiguration as read, writePreprocessorConfiguration } from './preprocessor-configuration.js';

describe('has the defaults of the reference for absent keys', () => {
  const vit = {
    doResize: true,
    size: { height: 224, width: 224 },
    resample: 'bilinear',
    doCenterCrop: false,
    cropSize: undefined,
    doRescale: true,
    rescaleFactor: 1 / 255,
    doNormalize: true,
    imageMean: [0.5, 0.5, 0.5],
    imageStd: [0.5, 0.5, 0.5],
  };
  const bit = {
    ...vit,
    size: { shortestEdge: 224 },
    resample: 'bicubic',
    doCenterCrop: true,
    cropSize: { height: 224, width: 224 },
    imageMean: [0.48145466, 0.4578275, 0.40821073],
    imageStd: [0.26862954, 0.26130258, 0.27577711],
  };

  it.each([
    [{}, vit],
    [{ image_processor_type: 'ViTImageProcessor' }, vit],
    [{ image_processor_type: 'ViTImageProcessorFast' }, vit],
    [{ image_processor_type: 'ViTFeatureExtractor' }, vit],
    [{ feature_extractor_type: 'ViTFeatureExtractor' }, vit],
    [{ image_processor_type: 'BitImageProcessor' }, bit],
    [{ image_processor_type: 'BitImageProcessorFast', feature_extractor_type: null, size: null, do_resize: null }, bit],
  ])('%j', (json, expected) => {
    expect(read(json)).toEqual(expected);
  });
});

it.each([
  [{ size: 384 }, { size: { height: 384, width: 384 } }],
  [{ size: 384, default_to_square: false }, { size: { shortestEdge: 384 } }],
  [{ size: 384, image_processor_type: 'BitImageProcessor' }, { size: { shortestEdge: 384 } }],
  [{ size: [30, 40] }, { size: { height: 30, width: 40 } }],
  [{ size: { width: 40, height: 30 } }, { size: { height: 30, width: 40 } }],
  [{ size: { shortest_edge: 30 } }, { size: { shortestEdge: 30 } }],
  [{ size: { longest_edge: 50, shortest_edge: 30 } }, { size: { shortestEdge: 30, longestEdge: 50 } }],
  [
    { do_center_crop: true, crop_size: 20 },
    { doCenterCrop: true, cropSize: { height: 20, width: 20 } },
  ],
  [{ crop_size: { height: 20, width: 21 } }, { cropSize: { height: 20, width: 21 } }],
  [{ resample: 0 }, { resample: 'nearest' }],
  [{ resample: 1 }, { resample: 'lanczos' }],
  [{ resample: 2 }, { resample: 'bilinear' }],
  [{ resample: 3 }, { resample: 'bicubic' }],
  [{ resample: 4 }, { resample: 'box' }],
  [{ resample: 5 }, { resample: 'hamming' }],
  [{ image_mean: 0.25 }, { imageMean: [0.25, 0.25, 0.25] }],
  [{ image_std: [0.1, 0.2, 0.3] }, { imageStd: [0.1, 0.2, 0.3] }],
  [
    { do_resize: false, do_rescale: false, do_normalize: false },
    { doResize: false, doRescale: false, doNormalize: false },
  ],
  [{ do_pad: false, do_convert_rgb: true, data_format: 'channels_first', rescale_factor: 1 }, { rescaleFactor: 1 }],
])('reads %j', (json, expected) => {
  expect(read(json)).toMatchObject(expected);
});

it.each([
  [null, 'p.json is not a JSON object.'],
  [[], 'p.json is not a JSON object.'],
  [
    { image_processor_type: 'CLIPImageProcessor' },
    'p.json is for an image processor of type "CLIPImageProcessor"; supported are "ViTImageProcessor" and "BitImageProcessor".',
  ],
  [{ image_processor_type: 'ViTHybridImageProcessor' }, 'of type "ViTHybridImageProcessor"'],
  [{ do_pad: true }, 'p.json asks for the step "do_pad", which is not supported'],
  [{ do_resize: 'yes' }, 'p.json: "do_resize" must be true or false, got "yes".'],
  [{ size: { longest_edge: 50 } }, 'p.json: "size" must be a length in pixels or an object with "height" and "width"'],
  [{ size: { height: 50 } }, 'got {"height":50}.'],
  [{ size: { height: 50, width: 50, shortest_edge: 3 } }, '"size" must be'],
  [{ size: 0 }, '"size" must be'],
  [{ size: [1, 2, 3] }, '"size" must be'],
  [{ size: '224' }, '"size" must be'],
  [
    { crop_size: { shortest_edge: 50 } },
    '"crop_size" must be a length in pixels or an object with "height" and "width"',
  ],
  [{ do_center_crop: true }, 'p.json asks for a center crop ("do_center_crop"), but has no "crop_size".'],
  [{ resample: 6 }, 'p.json: "resample" must be one of PIL\'s filters, 0 (nearest), 1 (lanczos), 2 (bilinear)'],
  [{ resample: 'bicubic' }, 'got "bicubic".'],
  [{ resample: 'length' }, 'got "length".'],
  [{ rescale_factor: '1/255' }, '"rescale_factor" must be a number, got "1/255".'],
  [{ image_mean: [0.5] }, '"image_mean" must be three numbers (red, green, blue), got [0.5].'],
  [{ image_std: [0.5, '0.5', 0.5] }, '"image_std" must be three numbers'],
  [{ image_std: [0.5, 0, 0.5] }, '"image_std" must not contain 0'],
])('refuses %j', (json, message) => {
  expect(() => read(json, 'p.json')).toThrow(message);
});

it('reads what it wrote, with another size', () => {
  const bit = read({ image_processor_type: 'BitImageProcessor', do_rescale: false, resample: 1 });
  const { doCenterCrop, cropSize, size, ...values } = bit;
  expect(doCenterCrop).toBe(true);
  expect(read(writePreprocessorConfiguration(bit, { height: 28, width: 42 }))).toEqual({
    ...values,
    size: { height: 28, width: 42 },
    doCenterCrop: false,
    cropSize: undefined,
  });
});
