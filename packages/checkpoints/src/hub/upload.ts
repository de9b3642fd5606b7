import type { FileSource } from '../file-source.js';
import { isNode } from '../is-node.js';
import { PretrainedError } from '../pretrained-error.js';
import { findFiles, findRepository, type Repository } from './api.js';
import { HubHttpError, hubFetch, isInterruption } from './error.js';
import { parseHubName } from './name.js';
import type { PretrainedOptions } from './options.js';
import { type HubSettings, readHubSettings } from './settings.js';
import { identifyContent, type UploadContent } from './upload-content.js';
import { describeUploadError } from './upload-error.js';

export type HubTargetOptions = Pick<PretrainedOptions, 'token' | 'offline' | 'endpoint'>;

export interface PushOptions {
  /** The commit's title. */
  title: string;
  /** Files that the repository holds and that are to go. @default none */
  removed?: readonly string[];
  /** Whether a repository that has to be made is private. @default as the account's or organization's setting says */
  isPrivate?: boolean | undefined;
  /** Called as uploads begin and end. */
  onProgress?: (progress: UploadProgress) => void;
}

export interface UploadProgress {
  /** Name in the repository. */
  file: string;
  /** Bytes of the large files that the hub has. */
  uploadedBytes: number;
  /** Bytes of all large files of this push. */
  totalBytes: number;
}

export interface PushResult {
  /** What the repository is at now. */
  commit: string;
  /** The files that differed from the repository's. */
  changed: string[];
  removed: string[];
}

/** How often in a row a push may break off without having brought anything. */
const ATTEMPTS = 4;
/** Before the second attempt; doubled before each further one. */
const FIRST_PAUSE_MILLISECONDS = 250;

/**
 * Looks at a model's repository on the hub, which need not exist yet, to push files to it. Nothing is changed. Node only.
 *
 * @param name `owner/name`.
 * @throws {PretrainedError} without an access token, with one that the hub does not know, or if the hub cannot be reached.
 */
export async function openHubTarget(name: string, options: HubTargetOptions = {}): Promise<HubTarget> {
  const parsed = parseHubName(name);
  if (!parsed || parsed.revision !== undefined) {
    throw new PretrainedError(
      `${name} is not the name of a repository on the hub: give your account's or organization's name and the model's, such as owner/name.`,
    );
  }
  if (!isNode()) throw new PretrainedError('Only Node pushes to the hub.');
  const settings = await readHubSettings(options);
  const { endpoint } = settings;
  if (settings.offline) {
    throw new PretrainedError(`${name} cannot be pushed to ${endpoint} in offline mode: unset HF_HUB_OFFLINE.`);
  }
  if (settings.token === undefined) {
    throw new PretrainedError(
      `Pushing to ${endpoint} takes an access token with write permission: make one at ${endpoint}/settings/tokens, and set it as HF_TOKEN in the environment, or sign in with \`hf auth login\`.`,
    );
  }
  const target = new HubTarget(name, settings);
  await target.look().catch((error) => {
    throw describeUploadError(error, { endpoint, name });
  });
  return target;
}

/** A repository that files are pushed to. As a source of files, it gives those of the commit that was seen. */
export class HubTarget implements FileSource {
  private repository: Repository | undefined;

  /** Use `openHubTarget`. */
  constructor(
    readonly name: string,
    private readonly settings: HubSettings,
  ) {}

  /** The address of the repository's page. */
  get url(): string {
    return `${this.settings.endpoint}/${this.name}`;
  }

  /** The names of its files; undefined if there is no such repository yet. */
  get files(): ReadonlySet<string> | undefined {
    return this.repository?.files;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    if (!this.repository?.files.has(path)) return undefined;
    const { repository } = this;
    return this.describing(async () => {
      const { downloadFile } = await import('@huggingface/hub');
      const blob = await downloadFile({ ...this.access, path, revision: repository.commit, xet: false });
      return blob ? new Uint8Array(await blob.arrayBuffer()) : undefined;
    });
  }

  /**
   * Pushes files by one commit: whoever loads the repository finds its old files or the new ones, never some of each. The repository is made
   * if need be. Files that the hub has, under this name or from a push that broke off, are not uploaded again; where the connection breaks, it is
   * tried again.
   *
   * @param files By path in the repository: bytes, or the path of a file on this machine. Other files of the repository stay.
   * @throws {PretrainedError} that says what is in the way, and what to do; nothing has become visible then.
   */
  push(files: ReadonlyMap<string, UploadContent>, options: PushOptions): Promise<PushResult> {
    return this.describing(async () => {
      const identified = new Map<string, Identified>();
      for (const [path, content] of files) identified.set(path, { content, ...(await identifyContent(content)) });
      const seen = this.repository?.commit;
      const uploaded = new Set<string>();
      let [failures, furthest] = [0, 0];
      let first: Omit<PushResult, 'commit'> | undefined;
      for (;;) {
        try {
          await this.look();
          const repository = this.repository ?? (await this.create(options.isPrivate));
          const changed = await changedFiles(repository, identified);
          const removed = (options.removed ?? []).filter((file) => repository.files.has(file) && !files.has(file));
          // Also where an attempt succeeded and only the hub's answer was lost.
          if (changed.size + removed.length === 0)
            return { commit: repository.commit, changed: [], removed: [], ...first };
          if (repository.commit !== (seen ?? repository.commit)) throw new HubHttpError(412, undefined);
          first ??= { changed: [...changed.keys()], removed };
          return { commit: await this.commit(repository.commit, changed, removed, uploaded, options), ...first };
        } catch (error) {
          if (!isInterruption(error)) throw error;
          failures = uploaded.size > furthest ? 1 : failures + 1;
          furthest = Math.max(furthest, uploaded.size);
          if (failures >= ATTEMPTS) throw error;
          await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MILLISECONDS * 2 ** (failures - 1)));
        }
      }
    });
  }

  /** Finds out what the repository holds now. */
  async look(): Promise<void> {
    this.repository = await findRepository(this.name, this.settings).catch((error) => {
      if (error instanceof HubHttpError && error.status === 404) return undefined;
      throw error;
    });
  }

  private async create(isPrivate: boolean | undefined): Promise<Repository> {
    const { createRepo } = await import('@huggingface/hub');
    try {
      await createRepo({
        ...this.access,
        ...(isPrivate !== undefined && { visibility: isPrivate ? 'private' : 'public' }),
      });
    } catch (error) {
      // Another process was faster, or the answer was lost; otherwise it is not a model's.
      if (!(error instanceof HubHttpError && error.status === 409)) throw error;
    }
    await this.look();
    if (this.repository) return this.repository;
    throw new PretrainedError(
      `The name ${this.name} is taken on ${this.settings.endpoint} by a repository of another kind, such as a data set, or by one that this access token may not see: choose another name.`,
    );
  }

  private async commit(
    parentCommit: string,
    changed: ReadonlyMap<string, Identified>,
    removed: readonly string[],
    uploaded: Set<string>,
    { title, onProgress }: PushOptions,
  ): Promise<string> {
    const { commitIter } = await import('@huggingface/hub');
    const { pathToFileURL } = await import('node:url');
    const steps = commitIter({
      ...this.access,
      title,
      parentCommit,
      operations: [
        ...[...changed].map(([path, { content }]) => ({
          operation: 'addOrUpdate' as const,
          path,
          content:
            typeof content === 'string' ? pathToFileURL(content) : new Blob([content as Uint8Array<ArrayBuffer>]),
        })),
        ...removed.map((path) => ({ operation: 'delete' as const, path })),
      ],
      // Git LFS keeps each file that was uploaded whole; by the other way nothing counts until the last part of all files has come.
      useXet: false,
    });
    const large = new Map<string, number>();
    const sizeOf = (path: string) => changed.get(path)?.size ?? 0;
    const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value!.commit.oid;
      if (step.value.event !== 'fileProgress') continue;
      const { path: file, state, progress } = step.value;
      // Only large files are hashed.
      if (state === 'hashing') large.set(file, sizeOf(file));
      if (state !== 'uploading' || !large.has(file)) continue;
      if (progress === 1) uploaded.add(file);
      onProgress?.({ file, uploadedBytes: sum([...uploaded].map(sizeOf)), totalBytes: sum(large.values()) });
    }
  }

  private get access() {
    const { endpoint, token } = this.settings;
    return {
      repo: { type: 'model', name: this.name } as const,
      hubUrl: endpoint,
      accessToken: token!,
      fetch: hubFetch,
    };
  }

  private describing<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error) => {
      throw describeUploadError(error, { ...this.settings, name: this.name });
    });
  }
}

interface Identified {
  content: UploadContent;
  /** Bytes. */
  size: number;
  /** What the hub may call it; see `identifyContent`. */
  identifiers: readonly string[];
}

/** Those that the repository does not have in just this form. */
async function changedFiles(
  repository: Repository,
  files: ReadonlyMap<string, Identified>,
): Promise<Map<string, Identified>> {
  const present = [...files.keys()].filter((path) => repository.files.has(path));
  const found = present.length > 0 ? await findFiles(repository, present) : undefined;
  return new Map([...files].filter(([path, { identifiers }]) => !identifiers.includes(found?.get(path)?.etag ?? '')));
}
