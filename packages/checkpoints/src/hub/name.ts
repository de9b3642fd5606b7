/** A repository on the hub, and which of its revisions. */
export interface HubName {
  /** `owner/name`. */
  name: string;
  /** Branch, tag or commit; undefined where it is not said. */
  revision: string | undefined;
}

/** Reads `owner/name` or `owner/name@revision`; undefined for a text that is neither, such as a path. */
export function parseHubName(text: string): HubName | undefined {
  const [, name, revision] = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@(.+))?$/.exec(text) ?? [];
  // As the hub has it: a path such as `../x` is not a name.
  if (name === undefined || /\.\.|--/.test(name) || /\.(?:git|ipynb)$/.test(name)) return undefined;
  return { name, revision };
}
