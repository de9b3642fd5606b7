import { PretrainedError } from '../pretrained-error.js';
import { replaceFile } from '../replace.js';

/** A commit's hash, as git writes it. */
export const COMMIT = /^[0-9a-f]{40}$/;

/**
 * One repository in the cache that Python's huggingface_hub and @huggingface/hub share: `refs/<revision>` holds a commit,
 * `snapshots/<commit>/<file>` links to `blobs/<etag>`. Node only.
 */
export class HubCache {
  /** @param folder The repository's own, `models--owner--name`. */
  private constructor(readonly folder: string) {}

  /** @param cacheFolder The cache, with a folder for each repository. */
  static async open(cacheFolder: string, name: string): Promise<HubCache> {
    const { join, resolve } = await import('node:path');
    return new HubCache(join(resolve(cacheFolder), `models--${name.replaceAll('/', '--')}`));
  }

  /** The commit that a branch or tag was at when it was last loaded. */
  async readRef(revision: string): Promise<string | undefined> {
    if (COMMIT.test(revision)) return revision;
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(await this.path('refs', revision), 'utf8').catch(() => '');
    return COMMIT.test(text.trim()) ? text.trim() : undefined;
  }

  /** Remembers the commit that a branch or tag is at. */
  async writeRef(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.readRef(revision)) === commit) return;
    await replaceFile(await this.path('refs', revision), commit);
  }

  /** The folder of a commit's files. */
  async snapshot(commit: string): Promise<string> {
    return this.path('snapshots', commit);
  }

  /** Whether a commit's file is here, whole. */
  async has(commit: string, file: string): Promise<boolean> {
    const { existsSync } = await import('node:fs');
    return existsSync(await this.path('snapshots', commit, file));
  }

  /**
   * Puts a file of a commit into the cache.
   * @param etag The hub's identifier of its content. Where that is here already, under another commit, nothing is downloaded.
   * @param download Writes the content to a path, which is a temporary one.
   */
  async add(commit: string, file: string, etag: string, download: (path: string) => Promise<void>): Promise<void> {
    const { existsSync } = await import('node:fs');
    const blob = await this.path('blobs', etag);
    if (!existsSync(blob)) await replaceFile(blob, download);
    await link(blob, await this.path('snapshots', commit, file));
  }

  /** A path in the repository's folder; what the hub or a user names must not lead out of it. */
  private async path(...parts: string[]): Promise<string> {
    const { join, sep } = await import('node:path');
    const path = join(this.folder, ...parts);
    if (path.startsWith(`${this.folder}${sep}`)) return path;
    throw new PretrainedError(`"${parts.at(-1)}" leads out of the cache folder.`);
  }
}

/** Links by a relative path, so that the cache can be moved. */
async function link(blob: string, path: string): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { copyFile, mkdir, rm, symlink } = await import('node:fs/promises');
  const { dirname, relative } = await import('node:path');
  await mkdir(dirname(path), { recursive: true });
  if (existsSync(path)) return;
  // A link whose content was deleted.
  await rm(path, { force: true });
  try {
    await symlink(relative(dirname(path), blob), path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process was faster.
    if (code === 'EEXIST' && existsSync(path)) return;
    // Windows allows links only to developers.
    await copyFile(blob, path);
  }
}
