/**
 * Says what is wrong with a member's name, or nothing. Members are never unpacked to disk, so no name can overwrite a file; but a name
 * that leads out of its archive belongs to no data set, and an archive that has one is not to be trusted.
 */
export function problemOfMemberName(name: string): string | undefined {
  if (name.includes('\0')) return 'its name contains a zero byte';
  if (name.includes('\\')) return 'its name contains a backslash';
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) return 'its name is an absolute path';
  if (name.split('/').includes('..')) return 'its name leads out of the archive';
  return undefined;
}

/**
 * A name that comes from data and becomes a path below a folder.
 *
 * @throws RangeError if it would lead out of the folder.
 */
export function checkedName(name: string): string {
  const problem = name === '' ? 'its name is empty' : problemOfMemberName(name)?.replace('the archive', 'the folder');
  if (problem !== undefined) throw new RangeError(`${JSON.stringify(name)} can't be the name of a file: ${problem}.`);
  return name;
}

/** How a member is named in errors and lists. */
export function memberPath(archive: string, member: string): string {
  return `${archive} › ${member}`;
}
