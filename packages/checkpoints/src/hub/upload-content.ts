/** What is uploaded: bytes, or the path of a file on this machine. */
export type UploadContent = Uint8Array | string;

/** The size of a file and what the hub may call its content: the SHA-256 of a large one, git's identifier of a small one. Node only. */
export async function identifyContent(content: UploadContent): Promise<{ size: number; identifiers: string[] }> {
  const { createHash } = await import('node:crypto');
  const { createReadStream } = await import('node:fs');
  const { stat } = await import('node:fs/promises');
  const size = typeof content === 'string' ? (await stat(content)).size : content.length;
  const hashes = [createHash('sha256'), createHash('sha1').update(`blob ${size}\0`)];
  const pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array> =
    typeof content === 'string' ? createReadStream(content) : [content];
  for await (const piece of pieces) for (const hash of hashes) hash.update(piece);
  return { size, identifiers: hashes.map((hash) => hash.digest('hex')) };
}
