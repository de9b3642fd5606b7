/** One file of a tar archive (ustar): its header, its bytes, filled up to 512. Owner, group and date are zero, so that the same files give the same archive. */
export function tarEntry(name: string, bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512);
  if (Buffer.byteLength(name) > 100)
    throw new RangeError(`The name ${name} is longer than the 100 bytes that tar has for it.`);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** What ends an archive. */
export const TAR_END = new Uint8Array(1024);
