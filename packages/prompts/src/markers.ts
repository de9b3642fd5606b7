/** Joins the parts of a prompt with spaces and marks where it begins and ends, so that the image tokens after it stand apart. */
export function betweenMarkers(parts: readonly string[]): string {
  return ['<prompt>', ...parts, '</prompt>'].join(' ');
}
