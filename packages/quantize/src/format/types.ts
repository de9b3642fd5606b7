/** The numbers of ONNX's element types that are named here. */
export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
export const FLOAT16 = 10;

/** Bytes of an element; types of less than a byte, and strings, are never read. */
export const BYTES_OF_TYPE: Readonly<Record<number, number>> = {
  [FLOAT]: 4,
  [UINT8]: 1,
  [INT8]: 1,
  4: 2,
  5: 2,
  [INT32]: 4,
  [INT64]: 8,
  [BOOL]: 1,
  [FLOAT16]: 2,
  11: 8,
  12: 4,
  13: 8,
  16: 2,
};
