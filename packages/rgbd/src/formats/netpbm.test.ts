import { describe, expect, it } from 'vitest';
import { readPpm, readRawDepth } from './netpbm.js';

describe('readRawDepth', () => {
  it('takes the low byte first, against the standard', () => {
    const content = Buffer.concat([
      Buffer.from('P5\n# a comment\n2 1\n65535\n'),
      Buffer.from([0xff, 0x07, 0x0a, 0x00]),
    ]);
    expect(readRawDepth(content, 'd.pgm')).toEqual({ data: Uint16Array.of(2047, 10), width: 2, height: 1 });
  });

  it('reads exactly one white space before the pixels, which may look like white space themselves', () => {
    const content = Buffer.concat([Buffer.from('P5 1 2 65535\n'), Buffer.from([0x0a, 0x00, 0x20, 0x01])]);
    expect([...readRawDepth(content, 'd.pgm').data]).toEqual([10, 288]);
  });

  it.each([
    ['', 'The file is empty.'],
    ['P2 1 1 65535\n5', 'It has no PGM or PPM header.'],
    ['P5 1', 'It has no PGM or PPM header.'],
    ['P5 0 1 65535\n', 'Its header names 0 by 1 pixels'],
    ['P6 1 1 255\nabc', 'Expected a 16-bit gray image'],
    ['P5 1 1 65535\na', 'It ends early: 1 of 2 bytes of pixels are there.'],
  ])('rejects %j', (content, message) => {
    expect(() => readRawDepth(Buffer.from(content), 'd.pgm')).toThrow(`d.pgm: ${message}`);
  });
});

describe('readPpm', () => {
  it('reads color, into an array of its own', () => {
    const content = Buffer.from('P6 2 1 255\nabcdef');
    const image = readPpm(content, 'r.ppm');
    expect(image).toEqual({ data: Uint8Array.from(Buffer.from('abcdef')), width: 2, height: 1, channels: 3 });
    expect(image.data.buffer.byteLength).toBe(6);
  });

  it('rejects other depths and early ends', () => {
    expect(() => readPpm(Buffer.from('P6 1 1 65535\nabcdef'), 'r.ppm')).toThrow('it is P6 with maximum 65535');
    expect(() => readPpm(Buffer.from('P6 2 1 255\nabcde'), 'r.ppm')).toThrow('It ends early: 5 of 6 bytes');
  });
});
