/** One line on the terminal that changes and vanishes; nothing where the output goes elsewhere. */
export function progressLine(): { show(text: string): void; clear(): void } {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  const rewrite = (text: string) => process.stderr.write(`\r\x1b[K${text}`);
  return { show: (text) => rewrite(`${text} …`), clear: () => rewrite('') };
}
