// Tables of what was measured, as Markdown.

/** @param results One entry per engine: its name, and what was measured or why nothing was. */
export function table(results, { batch, unit }) {
  const peers = results.filter(({ name, seconds }) => name.startsWith('PyTorch') && seconds);
  const reference = peers.toSorted((one, other) => median(one.seconds) - median(other.seconds))[0];
  const header = [
    'engine',
    unit,
    'images/s',
    'processor s',
    'steps',
    'longest pause',
    'peak memory',
    'start-up',
    'time / best PyTorch',
    'memory / best PyTorch',
  ];
  const rows = results.map((result) => {
    if (!result.seconds) return [result.name, `not measured: ${result.reason}`, ...Array(header.length - 2).fill('')];
    const { name, seconds, processorSeconds, pauses, peak, startUp } = result;
    const time = median(seconds);
    const ratio = (mine, theirs) => (reference ? (mine / theirs).toFixed(2) : '–');
    return [
      name,
      `${milliseconds(time)} (${milliseconds(Math.min(...seconds))}–${milliseconds(Math.max(...seconds))})`,
      (batch / time).toPrecision(3),
      median(processorSeconds).toPrecision(3),
      String(seconds.length),
      pauses.length > 0 ? `${milliseconds(median(pauses))} ms` : '–',
      `${Math.round(peak)} MB`,
      `${startUp.toFixed(1)} s`,
      ratio(time, reference && median(reference.seconds)),
      ratio(peak, reference?.peak),
    ];
  });
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function milliseconds(seconds) {
  return (1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0);
}
