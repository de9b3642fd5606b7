import { distanceText } from '../lib/distance-text.js';

/** A distance with its interval, where the error is known. @param metres undefined for a dash */
export function Distance({ metres, error }: { metres: number | undefined; error?: number | undefined }) {
  if (metres === undefined) return <>–</>;
  const { value, interval } = distanceText(metres, error);
  return (
    <>
      {value}
      {interval && <span class="interval"> {interval}</span>}
    </>
  );
}
