import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import { defineKernel } from '../tracing/define-kernel.js';
import {
  convolveWindows,
  filterGradient,
  type Shape5D,
  spreadWindows,
  type WindowAttributes,
  type Windows,
  windowsOf,
} from './windows.js';

export interface VolumeAttributes extends WindowAttributes<[number, number, number]> {
  dataFormat?: 'NDHWC' | 'NCDHW';
}

interface ConvolutionAttributes extends VolumeAttributes {
  dilations?: [number, number, number] | number | null;
}

/*
 * TensorFlow.js has filters [d,h,w,in,out], ONNX has [out,in,d,h,w].
 */

defineKernel<ConvolutionAttributes>('Conv3D', ({ x, filter }, attributes, operations) => {
  const windows = convolutionWindows(x!.shape, filter!.shape, attributes);
  const weights = operations.transpose(filter!, [4, 3, 0, 1, 2]);
  return convolveWindows(x!, weights, windows, filter!.shape[4]!, 1, operations);
});

defineKernel<ConvolutionAttributes & { inputShape: Shape5D }>(
  'Conv3DBackpropInputV2',
  ({ dy, filter }, attributes, operations) => {
    const windows = convolutionWindows(attributes.inputShape, filter!.shape, attributes);
    return spreadWindows(dy!, operations.transpose(filter!, [4, 3, 0, 1, 2]), windows, 1, operations);
  },
);

defineKernel<ConvolutionAttributes & { filterShape: Shape5D }>(
  'Conv3DBackpropFilterV2',
  ({ x, dy }, attributes, operations) => {
    const windows = convolutionWindows(x!.shape, attributes.filterShape, attributes);
    // With batch and channels exchanged: the volumes are convolved with the gradients.
    const [volumes, gradients] = [x!, dy!].map((tensor) => operations.transpose(tensor, [4, 0, 1, 2, 3]));
    return operations.transpose(filterGradient(volumes!, gradients!, windows, 1, operations), [2, 3, 4, 0, 1]);
  },
);

function convolutionWindows(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dataFormat }: ConvolutionAttributes,
): Windows {
  refuseChannelsFirst(dataFormat);
  const shapes = [inputShape as Shape5D, filterShape as Shape5D] as const;
  return windowsOf(tf.backend_util.computeConv3DInfo(...shapes, strides, dilations ?? 1, pad as 'same'));
}

export function refuseChannelsFirst(dataFormat: VolumeAttributes['dataFormat'] = 'NDHWC'): void {
  if (dataFormat === 'NDHWC') return;
  throw new CompileError(
    `Volumes are compiled with their channels last (NDHWC), but ${dataFormat} was asked for: transpose them.`,
  );
}
